"""What hostile bytes may do: one module for each place where bytes come in, and its properties.

`check(data)` of each module takes any bytes and fails where a property does not hold. Atheris calls
it, guided by what the daemon's code did (`make fuzz`); `test_fuzz.py` calls it with the corpus.
"""
