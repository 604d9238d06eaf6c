"""Lucene as the judge, and a compiler with its file read back."""

import pytest

from sandbox.search.oracle import Oracle
from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.compiler import compile_rules


@pytest.fixture(scope="session")
def oracle():
    with Oracle() as lucene:
        yield lucene


@pytest.fixture
def compiled(tmp_path):
    """Compile rows, with the lines of the file beside what the compiler gives."""

    def compile_them(rows, chain=None, **options):
        made = compile_rules(rows, chain=chain or Chain(), folder=tmp_path, **options)
        return made, made.path.read_text(encoding="utf-8").split("\n")[:-1]

    return compile_them
