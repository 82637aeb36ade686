"""Every sentence that a learner may be shown, found in the source: strings, f-strings, help, pages.

Fields are named as in the source. A sentence's kinds of fields are what the runtime needs to find it again.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tfprep.languages.sentences import CHOICE, FIELD, LIST, WORDS, is_telling, parts

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = (
    *("cli.py", "errors.py", "home.py", "logs.py", "platforms.py", "languages/__init__.py"),
    *("commands/__init__.py", "commands/context.py", "commands/learner.py", "commands/attempts.py"),
    *("commands/exam.py", "commands/data.py", "commands/sandbox.py"),
    *("exams/accepting.py", "exams/admission.py", "exams/endings.py", "exams/exam_data.py"),
    *(
        "exams/grading.py",
        "exams/hand_in.py",
        "exams/result.py",
        "exams/running_exams.py",
        "exams/learner_service.py",
        "exams/outcome.py",
        "exams/other_owner.py",
        "exams/common_rules.py",
    ),
    "grader/ledger/exams.py",
    "exams/request.py",
    *("files/**/*.py", "grader/*.py", "grader/copies/**/*.py", "grader/diagnosis/**/*.py"),
    *("grader/scoring/**/*.py", "grader/submission/**/*.py", "grader/ledger/database.py"),
    *("grader/ledger/faults.py", "grader/ledger/ledger.py"),
    *("problems/*.py", "problems/problem*/__init__.py", "problems/problem*/common_mistakes.py"),
    *(
        "problems/problem*/data.py",
        "reports/*.py",
        "reports/plots/*.py",
        "reports/exam/render.py",
        "reports/exam/view.py",
    ),
    *(
        "sandbox/*.py",
        "sandbox/host/*.py",
        "sandbox/worker/**/*.py",
        "sandbox/protocol/contract.py",
        "sandbox/protocol/file_formats.py",
    ),
)
"""The modules whose words reach learners. Cohorts and giving exams are mentors' work, which is in English."""
MENTORS: Final = (
    *("grader/attack.py", "grader/attack_table.py", "sandbox/host/build.py", "sandbox/host/cluster/"),
    *("problems/own_files.py", "problems/scripts.py", "problems/folders.py", "problems/kinds.py"),
    *("problems/problem_file.py", "problems/table_columns.py", "sandbox/host/engine_words.py"),
)
PAGES: Final = ("base.html", "submission.html", "index.html", "comparison.html", "exam.html", "parts/*.html")
_HEADED: Final = ("reports/", "commands/")
"""Where a single word with a capital is a heading or a label, not a name of Keras."""
WORDS_ALONE: Final = {
    "reports/view.py": (
        *("input", "output", "parameters", "activations", "optimizer", "learning rate", "loss", "saved by"),
        *("form", "device", "adaptations", "file", "kind", "size", "start", "transfer", "train", "load"),
        *(
            "predict",
            "score",
            "total",
            "model",
            "data",
            "scoring",
            "environment",
            "when, UTC",
            "metric",
            "note",
        ),
    ),
    "commands/context.py": ("[default: {default}]",),
    "sandbox/host/doctor.py": ("packages", "home", "ledger", "engine", "memory", "image", "runtime"),
    "problems/workspace_files.py": ("Hints", "full marks"),
    "problems/scripts.py": ("a {metric} of {bound} {value}", "an {metric} of {bound} {value}"),
    "problems/split.py": ("hidden", "validation", "training", "public", "feedback", "final"),
    "problems/problem.py": ("accuracy", "regression", "images", "text", "series"),
    "reports/readiness.py": ("steady", "rising", "falling"),
    "reports/exam/view.py": ("not passed",),
    "grader/comparison.py": ("better", "worse"),
    "reports/plots/canvas.py": (
        *("true", "truth", "forecast", "mean", "guessing", "epoch", "attempt"),
        *("On {kind} data", "{epochs}, from {source}"),
    ),
    "files/text.py": ("{names} and {number} more", "{numbers} and {last}", "{numbers} or {last}"),
}
"""Words that the source makes in other ways than by writing them down as a sentence."""
_ALONE: Final = {
    "metric": WORDS,
    "bound": f"{CHOICE}at least|at most",
    "value": "amount",
    "numbers": "scores",
    "last": "number",
    "epochs": WORDS,
    "kind": f"{CHOICE}training|validation",
}
"""The kinds of their fields."""
_SAID: Final = re.compile(r"[^\W\d_]{2,}.*?\s.*?[^\W\d_]{2,}|[^\W\d_]{2,}\s+\{|\}\s+[^\W\d_]{2,}", re.DOTALL)
_CODE: Final = re.compile(r"[\w./{}:=<>*?!^$|\\()\[\]+%-]*")
_HEADING: Final = re.compile(r"[A-Z][a-z]+\.?:?")
_UNREAD: Final = re.compile(
    r"--\S.*|\{?\w*\}?[\w.]*\.html|(?:bold|upper|lower) \w+|\w+ \{(?:name|word)_2\}.*|(?:sig|soft)\w+|"
    r"bold|dim|right|left|auto|green|solid|default|string|any|float32|keras|Date|Creator|Plot|Fused|RGB|"
    r"DejaVu Sans|Very Good|d|an|SavedModel|.*[|\\].*|Bahasa Indonesia|.*activation=\S*|.*\(\)|"
    r"tfprep [a-z]+ (?:N --html|\d|\{id\})|exam's notes|exam result|\.advice .*|give each job a user.*|"
    r"where the worker makes.*|an empty folder to use.*|serve one script.*|"
    r"no (?:variables|weights|model file).*|MIT \(.*|GPL-3.*|CC BY.*|.*\(the package\).*|<a .*|.*-title .*|"
    r".*PostgreSQL.*|.*pg_hba.*|.*postgres.*|.*createdb.*|.*TFPREP_LEDGER.*|.*max_connections.*|server's.*|"
    r"outside upper.*|tensorflow.*==.*|%\(asctime.*|tfprep sandbox build|tfprep submit.*|# Written.*|"
    r"T-shirt or top|ankle boot|Expat.*|tfprep start \{call\}|"
    r"no (?:such|space) .*|(?:permission|connection) \w+|(?:could not select|unknown).*|timed out|"
    r"\{path\} has more than .*|.*hash=.*"
)
"""What is for programs, or a name of Keras."""
_DATA: Final = {
    *("str", "repr", "one_line", "explained", "reason_of", "fsdecode", "without_controls", "terminal_line"),
    *("quoted", "moment", "minute", "second", "absolute", "min", "max", "len", "round", "int", "float"),
}
"""Calls that give a stranger's words or a number."""
_NUMBERS: Final = {"with_decimals", "rounded", "number", "round_up", "len", "int", "round"}
_COUNTS: Final = {
    *(
        "number",
        "best",
        "score",
        "next_score",
        "count",
        "n",
        "before",
        "after",
        "attempts",
        "passed",
        "epochs",
    ),
    *(
        "best_epoch",
        "seed",
        "exam",
        "minutes",
        "hours",
        "line",
        "lineno",
        "figures_of",
        "points",
        "total",
        "side",
    ),
}
"""Names of numbers."""
_OUR_WORDS: Final = {
    *(
        "title",
        "meaning",
        "reason",
        "why",
        "message",
        "split",
        "half",
        "verdict",
        "doubt",
        "likely",
        "remedy",
    ),
    *("told", "state", "evidence", "what_if", "off", "direction", "change", "which", "stop", "regularise"),
}
_OF_OUR_WORDS: Final = {"metric", "outcome"}
"""Names, and owners, of what tfprep says."""
_UNSAID: Final = {
    "getLogger",
    "compile",
    "fullmatch",
    "search",
    "sub",
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "getattr",
    "import_module",
    "open",
    "split",
    "partition",
    "removeprefix",
    "removesuffix",
    "startswith",
    "endswith",
    "strftime",
    "TypeVar",
    "register_error",
    "execute",
    "filterwarnings",
    "encode",
    "Command",
}
"""Calls whose strings nobody reads."""


@dataclass
class Found:
    """A template, and where it stands."""

    plural: str = ""
    kinds: dict[str, str] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)


class Templates(dict[str, Found]):
    """By their text, and by what stands between their fields: in each of them, fields are named once."""

    def __init__(self) -> None:
        super().__init__()
        self.by_bones: dict[str, str] = {}


def extract() -> Templates:
    """All templates, by their text, in the order of the source."""
    found = Templates()
    for name in sorted({p.relative_to(ROOT).as_posix() for each in SOURCES for p in ROOT.glob(each)}):
        if not name.startswith(MENTORS):
            _Module(name, found).visit_all()
    for pattern in PAGES:
        for path in sorted((ROOT / "reports/templates").glob(pattern)):
            _page(path.read_text("utf-8"), path.relative_to(ROOT).as_posix(), found)
    for name, words in WORDS_ALONE.items():
        for word in words:
            kinds = {field: _ALONE[field] for field in FIELD.findall(word) if field in _ALONE}
            found.setdefault(word, Found(kinds=kinds)).places.add(name)
    _click(found)
    return found


def _add(found: Templates, text: str, kinds: dict[str, str], place: str, plural: str = "") -> None:
    same = found.by_bones.setdefault(_bones(text), text) if FIELD.search(text) and not plural else text
    if same != text:  # the same sentence with its fields named otherwise
        names = dict(zip(FIELD.findall(text), FIELD.findall(same), strict=True))
        kinds = {names[name]: kind for name, kind in kinds.items() if name in names}
        text, plural = same, FIELD.sub(lambda name: f"{{{names[name[1]]}}}", plural)
        known = found[same].kinds
        kinds = {name: _either(known.get(name, ""), kind) for name, kind in kinds.items()}
    entry = found.setdefault(text, Found(plural))
    entry.plural = entry.plural or plural
    entry.places.add(place)
    wider = {name for name, kind in entry.kinds.items() if kind == "scores"}
    named = [name for name in FIELD.findall(text + plural) if kinds.get(name) and name not in wider]
    entry.kinds |= {name: kinds[name] for name in named}


def _either(one: str, other: str) -> str:
    """The kind of a field that is of one of two."""
    wider = {frozenset(("number", "scores")): "scores", frozenset(("number", "amount")): "amount"}
    return one if one == other else wider.get(frozenset((one, other)), WORDS)


def _bones(text: str) -> str:
    return FIELD.sub("{}", text)


class _Module:
    """One module of the source."""

    def __init__(self, name: str, found: Templates) -> None:
        self.name = name
        self.found = found
        self.tree = ast.parse((ROOT / name).read_text("utf-8"))
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def visit_all(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                self._docstring(node)
            elif isinstance(node, ast.JoinedStr) and not isinstance(self._holder(node), ast.JoinedStr):
                if self._is_said(node):
                    self._sentences(*self._template(node), alone=self._is_words(node))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                if not isinstance(self._holder(node), ast.JoinedStr) and self._is_said(node):
                    self._sentences(*_formatted(node.value), alone=self._is_words(node))
            elif isinstance(node, ast.Call) and _name(node.func) == "counted":
                self._counted(node)

    def _docstring(self, node: ast.FunctionDef) -> None:
        """The sentence of a finding, and the help of a command."""
        by = {_name(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list}
        text = ast.get_docstring(node)
        if text and by & {"finding", "command", "group"}:
            for paragraph in text.split("\n\n"):
                self._sentences(" ".join(paragraph.split()).replace("{", "{{").replace("}", "}}"), {})

    def _holder(self, node: ast.AST) -> ast.AST | None:
        """What a string stands in; an f-string's own parts stand in it."""
        parent = self.parents.get(node)
        return parent if not isinstance(parent, ast.FormattedValue) or node is parent.format_spec else None

    def _is_said(self, node: ast.AST) -> bool:
        """Whether anybody reads it: it is no docstring, no pattern, no name, and goes into no log."""
        parent = self.parents[node]
        if isinstance(parent, ast.Expr | ast.Compare | ast.Slice | ast.Assert):
            return False
        if isinstance(parent, ast.Subscript) and parent.slice is node:
            return False
        if isinstance(parent, ast.Dict) and node in parent.keys and not self.name.startswith("reports/"):
            return False
        while not isinstance(parent, ast.stmt):
            if isinstance(parent, ast.keyword) and parent.arg == "starter":  # what a starter is made of
                return False
            if (
                isinstance(parent, ast.Call)
                and _name(parent.func) in _UNSAID
                and node not in ast.walk(parent.func)
            ):
                return False
            parent = self.parents[parent]
        return not isinstance(parent, ast.Assert)

    def _is_words(self, node: ast.AST) -> bool:
        """Whether it is one of two words that a sentence takes, or heads a column."""
        parent = self.parents[node]
        if isinstance(parent, ast.IfExp):
            return parent.test is not node
        if isinstance(parent, ast.Tuple | ast.Starred | ast.IfExp):
            while isinstance(parent, ast.Tuple | ast.Starred | ast.IfExp):
                parent = self.parents[parent]
            named = isinstance(parent, ast.Assign) and _name(parent.targets[0]) in ("names", "numbers")
            return named and self.name.startswith("reports/")
        return isinstance(parent, ast.Call) and _name(parent.func) in ("columns", "table_of")

    def _sentences(self, text: str, kinds: dict[str, str], *, alone: bool = False) -> None:
        # A field before a capital holds whole sentences: they are looked for by themselves.
        def inner(field: re.Match[str]) -> str:
            return field[0] if kinds.get(field[2]) == "number" else f"{field[1]}\n"

        for sentence, _ in parts(re.sub(r"(\{(\w+)\}) (?=[A-Z`](?!TC))", inner, text.strip("\n"))):
            said = re.sub(r"(?<=[.!?])\{\w+\}$", "", sentence.strip())  # it brings its own space, or is empty
            bare = FIELD.sub("", said)
            headed = self.name.startswith(_HEADED) and _HEADING.fullmatch(said)
            word = alone and re.search(r"[^\W\d_]{2}", bare) and "_" not in bare and "/" not in bare
            spoken = _SAID.search(said) and not _CODE.fullmatch(said) and re.search(r"[a-z]{2}", bare)
            if (headed or word or spoken) and not _UNREAD.fullmatch(said) and is_telling(said, kinds):
                _add(self.found, said, kinds, self.name)

    def _template(self, node: ast.JoinedStr) -> tuple[str, dict[str, str]]:
        text, kinds = "", {}
        for part in node.values:
            if isinstance(part, ast.Constant):
                said, inner = _formatted(str(part.value))
                text, kinds = text + said, kinds | inner
            elif isinstance(part, ast.FormattedValue):
                name, kind = self._field(part)
                while kinds.get(name, kind) != kind:
                    name += "_"
                if text.endswith("}") and not text.endswith("}}"):  # two fields with nothing between are one
                    last = FIELD.findall(text)[-1]
                    both = (kinds[last], kind)
                    kinds[last] = "amount" if kinds[last] == "number" else WORDS if WORDS in both else ""
                    continue
                if f"{{{name}}}" in text:
                    name += "_2"
                text += f"{{{name}}}"
                kinds[name] = kind
        return text, kinds

    def _field(self, part: ast.FormattedValue) -> tuple[str, str]:
        spec = part.format_spec
        form = (
            "".join(str(each.value) for each in spec.values if isinstance(each, ast.Constant))
            if isinstance(spec, ast.JoinedStr)
            else ""
        )
        kind = (
            "quoted"
            if part.conversion == ord("r")
            else "number"
            if re.fullmatch(r".*[,dfge%]", form) and "%Y" not in form and "%H" not in form
            else self._kind(part.value)
        )
        return _field_name(part.value), kind

    def _kind(self, value: ast.expr, depth: int = 0) -> str:  # noqa: PLR0911 a table of expressions
        if isinstance(value, ast.Call):
            name = _name(value.func)
            if name in _NUMBERS:
                return "number"
            if name in ("amount", "value_of"):
                return "amount"
            if name in ("joined", "listed"):
                return LIST
            if name == "join":
                return ""
            return "" if name in _DATA else WORDS
        if isinstance(value, ast.IfExp):
            return _choice(value)
        if isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp | ast.BoolOp):
            return (
                WORDS
                if not isinstance(value, ast.BinOp)
                else "number"
                if isinstance(value.op, ast.Sub | ast.Mult | ast.Div | ast.FloorDiv)
                else WORDS
            )
        if isinstance(value, ast.Subscript):
            return WORDS if isinstance(value.value, ast.Name) and value.value.id.isupper() else ""
        if isinstance(value, ast.Name) and value.id.isupper():
            return WORDS
        if _name(value) in _COUNTS:
            return "number"
        if isinstance(value, ast.Name) and depth < 3 and (kind := self._assigned(value, depth)):
            return kind
        if _name(value) == "likely":
            return "scores"
        ours = isinstance(value, ast.Attribute) and _name(value.value) in _OF_OUR_WORDS
        return WORDS if ours or _name(value) in _OUR_WORDS else ""

    def _assigned(self, value: ast.Name, depth: int) -> str:
        """The kind of what a local name was given in its function."""
        where: ast.AST = value
        while where in self.parents and not isinstance(where, ast.FunctionDef):
            where = self.parents[where]
        for node in ast.walk(where):
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.NamedExpr) else targets
            if isinstance(node, ast.Assign | ast.NamedExpr) and value.id in map(_name, targets):  # noqa: SIM102
                if kind := self._kind(node.value, depth + 1):
                    return kind
        return ""

    def _counted(self, node: ast.Call) -> None:
        one, many = [*node.args[1:], None, None][:2]
        if one is None:
            return
        text, kinds = self._noun(one)
        plural = self._noun(many)[0] if many is not None else f"{text}s"
        _add(self.found, f"{{n}} {text}", {"n": "number", **kinds}, self.name, f"{{n}} {plural}")

    def _noun(self, node: ast.expr) -> tuple[str, dict[str, str]]:
        if isinstance(node, ast.Constant):
            return str(node.value), {}
        if isinstance(node, ast.JoinedStr):
            return self._template(node)
        return f"{{{_field_name(node)}}}", {_field_name(node): WORDS}


def _choice(value: ast.IfExp) -> str:
    """The kind of one of several phrases; where each of them is written down, which ones."""
    ways: list[ast.expr] = [value.body, value.orelse]
    while found := next((each for each in ways if isinstance(each, ast.IfExp)), None):
        ways.remove(found)
        ways += [found.body, found.orelse]
    texts = [each.value for each in ways if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return CHOICE + "|".join(texts) if len(texts) == len(ways) else WORDS


def _formatted(text: str) -> tuple[str, dict[str, str]]:
    """A string for `str.format`, its fields named; in any other, there are no braces."""
    kinds: dict[str, str] = {}

    def named(field: re.Match[str]) -> str:
        name = field[1] or f"value{len(kinds) or ''}"
        kinds[name] = "quoted" if field[2] == "!r" else "number" if field[3] or name in _COUNTS else ""
        return f"{{{name}}}"

    return re.sub(r"\{(\w*)(!r)?(:[^{}]*[,dfge%])?\}", named, text), kinds


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _field_name(node: ast.expr) -> str:
    """What a translator reads: the last name of an expression."""
    if (
        isinstance(node, ast.Call)
        and _name(node.func)
        in (
            "counted",
            "joined",
            "listed",
            "len",
            "min",
            "max",
            "str",
            "one_line",
            "with_decimals",
            "rounded",
            "abs",
            "sum",
            "round",
            "next",
            "int",
            "float",
            "join",
            "repr",
            "sorted",
            "explained",
            "reason_of",
            "in_language",
        )
        and node.args
    ):
        return _field_name(node.args[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _name(node.func) in _METHODS:
        return _field_name(node.func.value)
    names = [_name(each) for each in ast.walk(node) if isinstance(each, ast.Attribute | ast.Name)]
    return (names[0] if names else "value").strip("_").lower() or "value"


_METHODS: Final = {"strip", "rstrip", "lower", "upper", "replace", "removesuffix", "relative_to", "absolute"}
_TAG: Final = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<!--.*?-->|<[^>]*>", re.DOTALL)
_LABEL: Final = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')


def _page(text: str, place: str, found: Templates) -> None:
    """The words of a page's template, between its tags and in the labels of its elements."""
    fields: dict[str, str] = {}

    def as_field(match: re.Match[str]) -> str:
        name = re.findall(r"[a-z_]+", re.split(r"\||\bif\b|\(|\[", match[1])[0] or "value")[-1]
        counts = "length" in match[1] or name in _COUNTS
        fields[name] = WORDS if "counted" in match[1] else "number" if counts else ""
        return f"{{{name}}}"

    text = re.sub(r"\{%.*?%\}|\{#.*?#\}", "\0", text, flags=re.DOTALL)
    text = re.sub(r"\{\{(.*?)\}\}", as_field, text, flags=re.DOTALL)
    pieces = [*(label for label in _LABEL.findall(text)), *_TAG.sub("\0", text).split("\0")]
    for piece in pieces:
        for said, _ in parts(" ".join(piece.split())):
            if re.search(r"[^\W\d_]{2}", FIELD.sub("", said)) and not _UNREAD.fullmatch(said.strip()):
                _add(found, said.strip(), dict(fields), place)


def _click(found: Templates) -> None:
    """Click's own words, as its source marks them for gettext."""
    import click
    from babel.messages.extract import extract_from_dir

    folder = Path(click.__file__).parent
    marked = extract_from_dir(folder, [("**.py", "python")], keywords={"_": None, "ngettext": (1, 2)})
    for _, _, message, _, _ in marked:
        one, many = (
            re.sub(r"\{(\w+)!r\}", r"{\1}", each)
            for each in (message if isinstance(message, tuple) else (message, ""))
        )
        kinds = {name: _CLICK.get(name, "") for name in FIELD.findall(one + many)}
        if many and set(FIELD.findall(one)) != set(FIELD.findall(many)):
            # A language with one form for every number could not fill it in.
            _add(found, many.strip(), kinds, "click")
            many = ""
        for said in [one.strip()] if many else [each for each, _ in parts(one.strip())]:
            if not _UNREAD_OF_CLICK.search(said) and re.search(r"[^\W\d_]{2}", FIELD.sub("", said)):
                _add(found, said, kinds, "click", many.strip())


_CLICK: Final = {
    "message": WORDS,
    "option": "word",
    "name": "quoted",
    "value": "quoted",
    "filename": "quoted",
}
"""The kinds of fields in click's own words."""
_UNREAD_OF_CLICK: Final = re.compile(
    r"Windows|Deprecat|deprecat|decl|Bash|colour|stream|UUID|twice|iterable|Press any|editor|parameter|%\(|"
    r"Positional|start character|password|Repeat|two entered|env var|without prompting|dynamic|"
    r"Choice\(|to pass|No options defined"
)
"""What tfprep's commands never lead to."""
