"""``python -m tcproxy_client`` is the command line ``tcproxy-client``."""

from tcproxy_client._cli import main

if __name__ == "__main__":
    main()
