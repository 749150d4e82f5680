"""From text to tree.

1. `_refuse`: hostile or foreign text is refused before anything is built (length, characters, nesting).
2. `_parser`: lark reads the grammar (LALR, no recursion) and `_Builder` makes typed nodes from the bottom up.
3. `arguments.check`: every function must be in the catalogue and its arguments must fit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from leadline.formula.arguments import check
from leadline.formula.errors import FormulaError
from leadline.formula.tree import DEPTH, Binary, Call, Day, Name, Node, Number, Span, Unary

LENGTH: Final = 4_000

_SAID: Final = {
    "NUMBER": "a number",
    "PERCENT": "a number",
    "SPAN": "a span such as 6d",
    "DATE": "a date",
    "SYMBOL": "a name",
    "QUOTED": "a name",
    "FIELD": "a field such as .total",
    "COMPARISON": "a comparison",
    "PLUS_MINUS": "+ or -",
    "TIMES_OVER": "* or /",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "$END": "the end",
    "AND": "and",
    "OR": "or",
    "EQUAL": "=",
}
_OPERANDS: Final = frozenset({"NUMBER", "PERCENT", "SPAN", "DATE", "SYMBOL", "QUOTED", "LPAR", "MINUS", "NOT"})
_LOOKALIKES: Final = {"−": "-", "–": "-", "—": "-", "×": "*", "÷": "/", "≥": ">=", "≤": "<=", "“": '"', "”": '"'}


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """The tree of a formula. `parse(str(tree)) == tree`.

    Raises FormulaError, with the place: too long, foreign characters, not in the grammar, unknown function, arguments
    that do not fit. Whether series exist is asked when the formula meets a panel.

    >>> str(parse("change( IWM/SPY , 6d )>10%"))
    'change(IWM / SPY, 6d) > 10%'
    """
    _refuse(text)
    try:
        tree = _parser().parse(text)
        check(tree)  # type: ignore[arg-type]
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc.placed(text) from None
        raise
    except FormulaError as error:
        raise error.placed(text) from None
    return tree  # type: ignore[return-value]


def as_tree(formula: str | Node) -> Node:
    """The checked tree of a formula given as text or as a tree (which is read again, so that errors can point)."""
    return parse(formula if isinstance(formula, str) else str(formula))


def _refuse(text: str) -> None:
    if len(text) > LENGTH:
        raise FormulaError("formula", found=f"{len(text):,} characters", expected=f"at most {LENGTH:,}")
    if not text.strip():
        raise FormulaError("formula", found="nothing", expected="a formula such as change(IWM/SPY, 6d)")
    if not text.isascii():
        at = next(place for place, sign in enumerate(text) if not sign.isascii())
        raise _foreign(text, at)
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth > DEPTH:
            raise FormulaError("brackets", found=f"more than {DEPTH} levels", expected="fewer", text=text, at=at)


def _foreign(text: str, at: int) -> FormulaError:
    sign = text[at]
    named = f"{unicodedata.name(sign, 'an unnamed character')} (U+{ord(sign):04X})"
    plain = _LOOKALIKES.get(sign) or unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()[:4]
    meant = f"plain ASCII: {plain}" if plain else "plain ASCII letters and signs"
    return FormulaError("character", found=named, expected=meant, text=text, at=at)


def _unexpected(text: str, error: UnexpectedInput) -> FormulaError:
    wanted: Iterable[str] = ()
    at, found = len(text), "the end"
    if isinstance(error, UnexpectedToken):
        wanted = error.accepts or error.expected
        if error.token.type != "$END":
            at, found = error.token.start_pos or 0, f"`{str(error.token)[:40]}`"
    elif isinstance(error, UnexpectedCharacters):
        at = int(getattr(error, "pos_in_stream", 0))
        found, wanted = f"`{text[at]}`", error.allowed or ()
    elif isinstance(error, UnexpectedEOF):
        wanted = error.expected
    return FormulaError("formula", found=found, expected=_expected(set(wanted)), text=text, at=at)


def _expected(terminals: set[str]) -> str:
    if terminals >= _OPERANDS - {"NOT", "MINUS"}:
        more = [")"] if "RPAR" in terminals else []
        return " or ".join(["a number, a name or a function", *more])
    said = dict.fromkeys(_SAID[name] for name in _SAID if name in terminals)
    return ", ".join(said) or "something else"


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files("leadline.formula").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_Builder(), maybe_placeholders=False)


def _place(token: Token) -> int:
    return token.start_pos or 0


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """One method a rule; children are tokens and nodes already built."""

    def number(self, token: Token) -> Node:
        return Number(float(token), at=_place(token))

    def percent(self, token: Token) -> Node:
        return Number(float(token[:-1]), percent=True, at=_place(token))

    def span(self, token: Token) -> Node:
        digits = token.rstrip("dwmoy")
        if len(digits) > 9:
            raise FormulaError("span", found=f"{digits[:9]}...", expected="1d to 100y", at=_place(token))
        return Span(int(digits), token[len(digits) :], at=_place(token))

    def day(self, token: Token) -> Node:
        try:
            return Day(date.fromisoformat(token), at=_place(token))
        except ValueError:
            raise FormulaError("date", found=str(token), expected="a day that exists", at=_place(token)) from None

    def name(self, token: Token, field: Token | None = None) -> Node:
        text = token[1:-1] if token.type == "QUOTED" else str(token)
        return Name(text, None if field is None else field[1:], at=_place(token))

    def call(self, token: Token, *args: Node | tuple[Token, Node]) -> Node:
        by_name = tuple((str(arg[0]), arg[1]) for arg in args if isinstance(arg, tuple))
        by_place = tuple(arg for arg in args if isinstance(arg, Node))
        late = [arg for arg, before in zip(args[1:], args, strict=False) if isinstance(before, tuple)]
        if any(isinstance(arg, Node) for arg in late):
            found, expected = "an argument by place after one by name", "arguments by place first"
            raise FormulaError(f"arguments of {token}", found=found, expected=expected, at=_place(token))
        return Call(str(token), by_place, by_name, at=_place(token))

    def named(self, token: Token, value: Node) -> tuple[Token, Node]:
        return token, value

    def bracket(self, inner: Node) -> Node:
        return inner

    def negative(self, token: Token, operand: Node) -> Node:
        return Unary("-", operand, at=_place(token))

    def negated(self, token: Token, operand: Node) -> Node:
        return Unary("not", operand, at=_place(token))

    def compared(self, left: Node, token: Token, right: Node) -> Node:
        return Binary(str(token), left, right, at=_place(token))  # type: ignore[arg-type]

    arithmetic = compared

    def either(self, left: Node, right: Node) -> Node:
        return Binary("or", left, right, at=getattr(left, "at", None))

    def both(self, left: Node, right: Node) -> Node:
        return Binary("and", left, right, at=getattr(left, "at", None))
