# The daemon as an image, in place of taskcluster-proxy's:
#   docker build --build-arg REVISION="$(git rev-parse HEAD)" --tag tcproxy .
#   docker run --read-only --env TASKCLUSTER_ROOT_URL --env TASKCLUSTER_CLIENT_ID --env TASKCLUSTER_ACCESS_TOKEN tcproxy
# All settings are variables (README, "Settings"). deploy/ has Compose and Kubernetes.

# musl: with the image for glibc the whole would be larger than 100 MiB.
ARG PYTHON=python:3.13-alpine

FROM ${PYTHON} AS build
WORKDIR /source
RUN python -m venv --without-pip /opt/tcproxy
ENV PATH=/opt/tcproxy/bin:$PATH
COPY requirements/run.txt requirements/run.txt
RUN pip --python /opt/tcproxy/bin/python install --no-cache-dir --no-compile \
    --only-binary :all: --require-hashes --requirement requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY tcproxy tcproxy
RUN pip --python /opt/tcproxy/bin/python install --no-cache-dir --no-compile \
    --no-deps --no-build-isolation . \
    && pip --python /opt/tcproxy/bin/python uninstall --yes flit_core
# The base image has no compiled modules, and nothing can be written where it runs: without these,
# each start and each health check would compile the standard library anew.
ENV PYTHONPYCACHEPREFIX=/opt/tcproxy/compiled
RUN python -P -c "import tcproxy.__main__, tcproxy.check_health, tcproxy.command_line, \
    tcproxy.daemon, tcproxy.sandbox, uvloop"

FROM ${PYTHON}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="tcproxy" \
      org.opencontainers.image.description="Signs requests to a Taskcluster deployment" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /opt/tcproxy /opt/tcproxy
# Port 80 on all addresses, as taskcluster-proxy's image: whoever reaches the container may use it.
ENV PATH=/opt/tcproxy/bin:$PATH \
    PYTHONPYCACHEPREFIX=/opt/tcproxy/compiled \
    TCPROXY_REVISION=$REVISION \
    TCPROXY_IP_ADDRESS=0.0.0.0 \
    TCPROXY_PORT=80
EXPOSE 80
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s CMD ["tcproxy", "--check-health"]
ENTRYPOINT ["tcproxy"]
