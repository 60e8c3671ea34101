"""The command `edge-tts`: arguments in, exit status out.

What a command does to models, disk or daemon lives in their packages; here are options, messages and tables.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from edge_tts.errors import EdgeTTSError, Interrupted, StoreError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status, see errors.py.

    Args:
        arguments: without the program's name, by default those of this process.
    """
    from edge_tts.cli.parser import parse
    from edge_tts.cli.streams import replace_unknown_signs

    replace_unknown_signs()
    options = parse(arguments)
    os.umask(os.umask(0o077) | 0o002)  # no other user may change what we write, on whatever disk
    try:
        return int(options.run(options) or 0)
    except EdgeTTSError as error:
        return report(error)
    except KeyboardInterrupt:
        return Interrupted.exit_code
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # 128 + SIGPIPE
    except OSError as error:  # a read-only or broken disk, a folder where a file should be
        place = f"{error.filename}: " if error.filename else ""
        return report(StoreError(f"{place}{error.strerror or error}"))


def report(error: EdgeTTSError) -> int:
    """Print one line that says what went wrong; return the exit status."""
    from edge_tts.cli.terminal import red
    from edge_tts.printable import printable

    print(f"{red('edge-tts:', sys.stderr)} {printable(str(error))}", file=sys.stderr)
    return error.exit_code
