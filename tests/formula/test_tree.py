from __future__ import annotations

import time
import tracemalloc
from datetime import date

import pytest

from leadline.core.errors import RequestError
from leadline.formula import FormulaError, Node, call, parse, series, span
from leadline.formula.tree import Binary, Call, Day, Name, Number, Span, Unary

CANONICAL = {
    "IWM/SPY": "IWM / SPY",
    "1-(2-x)-4*-x": "1 - (2 - x) - 4 * -x",
    "(a-b)-c": "a - b - c",
    "a/(b/c)": "a / (b / c)",
    "not a>3 and b<2 or (c>1 and not (d>1 or e>=1))": "not a > 3 and b < 2 or c > 1 and not (d > 1 or e >= 1)",
    '"RTY=F"/IWM.total': '"RTY=F" / IWM.total',
    '"not" > 1': '"not" > 1',
    "change( x ,\n ytd )": "change(x, ytd)",
    "advance(IWC.total,from=2025-04-08)>50%": "advance(IWC.total, from=2025-04-08) > 50%",
    "streak(change(^RUT,1d)>1.0%)": "streak(change(^RUT, 1d) > 1%)",
    "first(orders > 1e-07, gap=3mo)": "first(orders > 1e-07, gap=3mo)",
    "FRED:T10Y2Y+0.10": "FRED:T10Y2Y + 0.1",
}


@pytest.mark.parametrize(("text", "canonical"), CANONICAL.items())
def test_text_has_one_canonical_form(text: str, canonical: str) -> None:
    tree = parse(text)
    assert str(tree) == canonical
    assert parse(canonical) == tree


def test_the_tree_is_typed() -> None:
    assert parse("change(IWM, 6d) > 5%") == Binary(
        ">", Call("change", (Name("IWM"), Span(6, "d"))), Number(5.0, percent=True)
    )
    assert parse("last(not (x > -1)) > 2024-01-02") == Binary(
        ">",
        Call("last", (Unary("not", Binary(">", Name("x"), Unary("-", Number(1.0)))),)),
        Day(date(2024, 1, 2)),
    )


def test_python_operators_build_the_same_tree() -> None:
    built: dict[str, Node] = {
        "IWM / SPY > 5": series("IWM") / series("SPY") > 5,
        "2 * IWM.total - 1": 2 * series("IWM", "total") - 1,
        "1 / IWM + (3 - SPY)": 1 / series("IWM") + (3 - series("SPY")),
        "-IWM <= -0.5": -series("IWM") <= -0.5,
        "a >= 1 and b < 5% or not c == 2": (series("a") >= 1) & (series("b") < "5%") | ~series("c").equals(2),
        "change(IWM, 6d) + 1": call("change", series("IWM"), span("6d")) + 1,
        "change(IWM, from=2024-12-31)": call("change", "IWM", named={"from": date(2024, 12, 31)}),
        "1 + IWM * SPY": 1 + series("IWM") * series("SPY"),
    }
    for text, tree in built.items():
        assert parse(text) == tree
        assert str(tree) == text


def test_a_tree_has_no_truth() -> None:
    with pytest.raises(RequestError, match="in place of and, or and not"):
        bool(series("IWM") > 5)


@pytest.mark.parametrize(
    ("text", "said", "caret"),
    [
        ("chnage(IWM, 6d)", "found chnage; expected change", 0),
        ("1 + sma(IWM)", "sma: found no n; expected the window: sma", 4),
        ("sma(IWM, 5)", "n of sma: found 5; expected a span such as 6d", 9),
        ("change(IWM, 6d", "found the end; expected", 14),
        ("IWM + ", "found the end; expected a number, a name or a function", 6),
        ("IWM.ttl", "field of IWM: found ttl; expected a field: open", 0),
        ("change(IWM, yd)", "n of change: found yd; expected ytd", 12),
        ("calendar_change(IWM, mnth)", "found mnth; expected month", 21),
        ("IWM + (IWM > 3)", "operand of [+]: found true or false; expected a number", 11),
        ("streak(5)", "c of streak: found 5; expected true or false", 7),
        ("a < b < c", "found `<`", 6),
        ("change(IWM)", "found no n; expected one of n and from", 0),
        ("change(IWM, 6d, from=2024-01-01)", "found n and from; expected one of", 0),
        ("change(IWM, x=3)", "found x twice; expected once", 14),
        ("change(IWM, nn=3d)", "found nn; expected n", 15),
        ("change(n=3d, IWM)", "arguments by place first", 0),
        ("change(IWM, 6d, 1d, 2d)", "found 4 arguments", 20),
        ("IWM > 2024-01-01", "found a date; expected a number", 6),
        ("last(IWM > 1) > 3", "expected a date for each session", 16),
        ("not IWM + 1", "operand of not: found a number", 8),
        ("a and 3", "operand of and: found a number; expected true or false", 6),
        ("6d", "expected something to measure", 0),
        ("IWM > 2024-13-01", "a day that exists", 6),
        ("a b", "found `b`", 2),
        ("IWM @ 3", "found `@`", 4),
        ("IWМ", "CYRILLIC CAPITAL LETTER EM .U.041C.", 2),
        ("IWM − SPY", "MINUS SIGN .U.2212.; expected plain ASCII: -", 4),
        ("sma(x, 0d)", "expected 1d to 100y", 7),
        ("sma(x, 99999999999999999d)", "expected 1d to 100y", 7),
        ("1e999 * x", "expected a finite number", 0),
    ],
)
def test_errors_point_and_say_what_was_expected(text: str, said: str, caret: int) -> None:
    with pytest.raises(FormulaError, match=said) as caught:
        parse(text)
    shown = str(caught.value).splitlines()
    assert shown[-2] == f"  {text}".replace("\n", " ")
    assert shown[-1] == "  " + " " * caret + "^"
    assert caught.value.exit_code == 2


HOSTILE = {
    "1 MB of a name": "x" * 1_000_000,
    "1 MB of brackets": "(" * 1_000_000,
    "10,000 brackets": "(" * 10_000 + "x" + ")" * 10_000,
    "brackets within the length": "(" * 1_900 + "x" + ")" * 1_900,
    "signs": "-" * 3_900 + "x",
    "nots": "not " * 900 + "x > 1",
    "a long sum": "1+" * 1_900 + "x",
    "nested calls": "abs(" * 900 + "x" + ")" * 900,
    "many arguments": "change(" + "x," * 1_900 + "x)",
    "import": '__import__("os")',
    "import with quotes": "__import__('os').system('ls')",
    "a lambda": "(lambda: 1)()",
    "a huge span": "sma(x, 9999999y)",
    "a huge number": "9" * 3_900 + "*x",
    "a digit flood before a span": "9" * 3_900 + "d",
    "lookalikes": "ｃhange(IWM, 6d)",
    "right to left": "IWM \u202e > 3",
    "zero bytes": "IWM\0> 3",
    "nothing": " ",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_is_refused_quickly_and_shortly(text: str) -> None:
    parse("IWM > 1")  # the grammar is there
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(FormulaError, match="found") as caught:
        parse(text)
    took = time.process_time() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < (0.5 if len(text) < 4_100 else 0.1)  # tracing memory makes it several times slower
    assert peak < 4_000_000
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_takes_less_than_a_tenth_of_a_second(text: str) -> None:
    parse("IWM > 1")
    fastest = 1.0
    for _ in range(3):
        started = time.process_time()
        with pytest.raises(FormulaError, match="found"):
            parse(text)
        fastest = min(fastest, time.process_time() - started)
    assert fastest < 0.1
