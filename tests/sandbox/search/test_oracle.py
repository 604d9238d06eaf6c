import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sandbox.engines import MissingProgram
from sandbox.search import Expansion, Oracle, RulesRejected, SearchError, jars
from tests.support.search import gone

ROOT = Path(__file__).parents[3]
STOPPED = {"tokenizer": "standard", "filters": ["lowercase", {"stop": ["the", "of"]}, "asciifolding"]}
ELIMINATED = "term: {} was completely eliminated by analyzer"
TWO_ARROWS = "more than one explicit mapping specified on the same line"

# Starts an oracle in a thread that ends, says its pid, and waits to be killed.
STARTER = """
import sys, threading
from sandbox.search import Oracle
started = []
thread = threading.Thread(target=lambda: started.append(Oracle()))
thread.start()
thread.join()
print(started[0].pid, started[0].accepts(["a, b"]), flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("danish, croissant, pastry", None),
        ("danish,croissant, ", ELIMINATED.format("")),
        ("danish,,pastry ", None),
        (",,,", None),
        ("a1, ,b1", ELIMINATED.format("")),
        ("", None),
        ("   ", ELIMINATED.format("")),
        ("foo =>", None),
        ("foo => ", ELIMINATED.format("")),
        ("=>", ELIMINATED.format("=>")),
        ("a1 => b1 => c1", TWO_ARROWS),
        ("a1 =>=> b1", None),
        ("$$$, dollar", ELIMINATED.format("$$$")),
        ("🍦, ice cream", None),
        ("the, article", ELIMINATED.format("the")),
        (
            "lord of the rings, lotr",
            "term: lord of the rings analyzed to a token (rings) with position increment != 1 (got: 3)",
        ),
        ("bad\ud800, worse", "not a text that UTF-8 can hold"),
    ],
)
def test_lucene_says_what_it_takes(oracle, line, message):
    """It should accept what Lucene accepts, and give Lucene's own reason for the rest."""
    assert oracle.accepts([line], STOPPED) == [message]


def test_lines_are_judged_each_for_itself(oracle):
    """It should answer for every line, whatever the others are."""
    assert oracle.accepts(["a, b", " ", "c, d"]) == [None, ELIMINATED.format(""), None]


def test_a_text_of_several_lines_is_one_file(oracle):
    """It should judge a text with line breaks as a whole."""
    assert oracle.accepts(["a1, b1\n   \nc1, d1"]) == [ELIMINATED.format("")]


def test_the_chain_decides(oracle):
    """It should analyze terms with the chain that is declared."""
    assert oracle.accepts(["$$$, dollar"], {"tokenizer": "whitespace", "filters": []}) == [None]
    assert oracle.accepts(["the, article"], {"tokenizer": "standard", "filters": ["lowercase"]}) == [None]


def test_rules_are_those_of_the_built_map(oracle):
    """It should list what each input becomes, and whether it stays."""
    text = "frozen custard, gelato\ni-pod => ipod\nA1, b1\na1 => c1\n"
    assert oracle.rules(text) == {
        "frozen custard": Expansion(["gelato"], keeps_original=True),
        "gelato": Expansion(["frozen custard"], keeps_original=True),
        "i pod": Expansion(["ipod"], keeps_original=False),
        "a1": Expansion(["b1", "c1"], keeps_original=True),
        "b1": Expansion(["a1"], keeps_original=True),
    }


def test_no_rules_at_all(oracle):
    """It should take an empty file, and give no rules."""
    assert oracle.rules("# nothing\n\n") == {}


def test_rejected_files_name_the_line(oracle):
    """It should say where Lucene stopped and why."""
    with pytest.raises(RulesRejected, match=r"line 3: term: \$\$\$ was completely eliminated") as rejected:
        oracle.rules("a, b\n\n$$$, c\n")
    assert (rejected.value.line, rejected.value.problem) == (3, ELIMINATED.format("$$$"))


def test_terms_are_analyzed(oracle):
    """It should give tokens with the gaps that stop words leave, and fold accents where told to."""
    assert oracle.analyse(["Lord of the Rings", "Café", "$$"], STOPPED) == [
        [("lord", 1), ("rings", 3)],
        [("cafe", 1)],
        [],
    ]


def test_unknown_chains_are_refused(oracle):
    """It should say what it does not know, and go on."""
    with pytest.raises(SearchError, match=r"failed to find tokenizer under \[thai\]"):
        oracle.analyse(["a"], {"tokenizer": "thai"})
    assert oracle.accepts(["a, b"]) == [None]


def test_threads_share_it(oracle):
    """It should keep calls of several threads apart."""
    answers = {}

    def ask(word):
        answers[word] = [oracle.analyse([word]) for _ in range(20)]

    threads = [threading.Thread(target=ask, args=(f"word{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {word: [[[(word, 1)]]] * 20 for word in answers}
    assert len(answers) == 8


def test_it_dies_with_its_process():
    """It should not outlive the process that started it, though it must outlive the thread."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pid, _, answer = starter.stdout.readline().strip().partition(" ")
    assert answer == "[None]"
    starter.kill()
    starter.communicate()
    assert gone(int(pid))


def test_its_end_is_told_with_its_log():
    """It should say that the process is gone, and stay harmless to close."""
    oracle = Oracle()
    os.kill(oracle.pid, signal.SIGKILL)
    with pytest.raises(SearchError, match="the search process ended"):
        oracle.accepts(["a, b"])
    oracle.close()
    oracle.close()


def test_closing_ends_the_process():
    """It should leave nothing behind."""
    with Oracle() as oracle:
        pid = oracle.pid
    assert gone(pid)


def test_missing_lucene_is_named(monkeypatch, tmp_path):
    """It should name the package where the archives are not where they are looked for."""
    monkeypatch.setenv(jars.JARS_VARIABLE, str(tmp_path))
    with pytest.raises(MissingProgram, match=r"Lucene 8 .*apt-get install liblucene8-java") as missing:
        Oracle()
    assert missing.value.package == "liblucene8-java"


def test_missing_java_is_named(monkeypatch, tmp_path):
    """It should name the package where there is no Java."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(jars, "_MACHINES", tmp_path)
    with pytest.raises(MissingProgram, match="apt-get install openjdk-17-jre-headless"):
        Oracle()


def test_closing_ends_calls_under_way():
    """It should not wait for a long call, and tell its caller, who would have had an answer a while later."""
    oracle, told = Oracle(), []

    def ask():
        with pytest.raises(SearchError, match="the search process ended"):
            oracle.accepts(["a, b"] * 500_000)
        told.append(True)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    oracle.close()
    thread.join()
    assert told
