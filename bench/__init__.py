"""Measures tcproxy beside nginx, a bare upstream and compatible binaries: `python -m bench --help`.

Data moves one way: `upstream` and `contenders` are started as processes (`processes`) and measured
in turn (`small_requests` by way of `load`, `downloads` and `starts` by way of `exchange`). Each
measurement is one of `samples`, and those become `figures`, a `table` and a `plot`.
"""
