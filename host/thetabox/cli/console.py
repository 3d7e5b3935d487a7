"""`thetabox console`: a board by text."""

from __future__ import annotations

import json
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from thetabox.errors import Exit, ThetaboxError

from .options import Json, Port, Seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .shell import Answer, Shell

PROMPT = "thetabox> "
Commands = Annotated[
    list[str] | None, typer.Option("--command", "-c", metavar="LINE", help="Carry this out; may be repeated.")
]


def console(port: Port = "emu:", command: Commands = None, as_json: Json = False, seed: Seed = 1) -> None:
    """Speak to a board by text: every message by its name with its fields, as `STAMPS ring=0 first=0`; `help` lists.

    Lines come from the terminal, from --command, or from a script at the standard input, which ends at the first line
    that fails, with its exit code. `$nonce` is the nonce of the latest answer that had one, and so for every field.

    Example: `thetabox console --command STATUS --command "LOG first=0"`, or `thetabox console < script`
    """
    from thetabox.board import open_board
    from thetabox.board.link import Link

    from .shell import Shell

    with closing(open_board(port, seed=seed)) as board:
        shell = Shell(Link(board))
        greeting = shell.greet()
        interactive = not command and sys.stdin.isatty()
        if not as_json:
            print("\n".join([*greeting, *(["`help` lists what can be typed, `quit` ends"] if interactive else [])]))
        try:
            code = _talk(shell, as_json) if interactive else _script(shell, command or sys.stdin, as_json)
        finally:
            with suppress(ThetaboxError):
                for line in shell.leave():
                    print(line, file=sys.stderr)
    raise typer.Exit(code)


def _script(shell: Shell, lines: Iterable[str], as_json: bool) -> Exit:
    """Carry out lines up to the first that fails."""
    for line in map(str.strip, lines):
        if line and not as_json:
            print(f"> {line}")
        try:
            answer = shell.carry_out(line)
        except ThetaboxError as error:
            _failed(error, line, as_json)
            return error.exit_code
        _print(answer, as_json)
        if answer.leave:
            break
    return Exit.OK


def _talk(shell: Shell, as_json: bool) -> Exit:
    """Lines from a person: what fails is told, Ctrl-C aborts what is under way, Ctrl-D ends."""
    for line in _typed():
        try:
            answer = shell.carry_out(line)
        except ThetaboxError as error:
            _failed(error, line, as_json)
            continue
        except KeyboardInterrupt:
            with suppress(ThetaboxError):
                print("\n".join(["", *shell.leave()]))
            continue
        _print(answer, as_json)
        if answer.leave:
            break
    return Exit.OK


def _typed() -> Iterator[str]:
    """What is typed, with history and completion where there is readline."""
    with suppress(ImportError):
        _use_readline()
    while True:
        try:
            yield input(PROMPT)
        except KeyboardInterrupt:
            print()
        except EOFError:
            print()
            return


def _use_readline() -> None:
    import atexit
    import readline

    import platformdirs

    from .shell import completions

    def complete(word: str, index: int) -> str | None:
        found = completions(readline.get_line_buffer()[: readline.get_endidx()], word)
        return found[index] if index < len(found) else None

    history = platformdirs.user_state_path("thetabox") / "console_history"
    with suppress(OSError):
        readline.read_history_file(history)
    readline.set_completer_delims(" ")
    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
    atexit.register(_keep_history, history)


def _keep_history(path: Path) -> None:
    import readline

    readline.set_history_length(1000)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        readline.write_history_file(path)


def _print(answer: Answer, as_json: bool) -> None:
    if not as_json:
        for line in answer.lines:
            print(line, flush=True)
    elif answer.record or answer.lines:
        print(json.dumps(answer.record or {"lines": answer.lines}), flush=True)


def _failed(error: ThetaboxError, line: str, as_json: bool) -> None:
    if as_json:
        told = {"command": line, "error": error.message, "remedy": error.remedy, "exit": int(error.exit_code)}
        print(json.dumps(told), flush=True)
    print(f"error: {error}", file=sys.stderr, flush=True)
