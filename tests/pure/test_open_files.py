"""How open files are shared out between callers, deployments and refused callers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tcproxy.open_files import share_files


def test_the_defaults_fit_into_what_systems_usually_allow() -> None:
    assert share_files(20_000, 4096, 1024).connections == 4096


@given(
    st.integers(1, 2_000_000),
    st.integers(1, 1_000_000),
    st.integers(1, 1_000_000),
)
def test_nobody_gets_what_is_not_there(files: int, connections: int, upstream: int) -> None:
    share = share_files(files, connections, upstream)
    assert 1 <= share.connections <= connections
    assert share.lingering >= 1
    used = share.connections + min(share.connections, upstream) + share.lingering
    if files >= 16:
        assert used < files


@given(st.integers(100, 100_000), st.integers(1, 10_000), st.integers(1, 10_000))
def test_more_files_never_mean_fewer_connections(
    files: int, connections: int, upstream: int
) -> None:
    fewer, more = (share_files(each, connections, upstream) for each in (files, files + 1))
    assert fewer.connections <= more.connections
