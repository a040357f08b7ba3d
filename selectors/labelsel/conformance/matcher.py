"""The function that ``--matcher module:name`` names, and plain words where there is none."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import cast

from labelsel.conformance.cases import Matcher, describe_error

__all__ = ["WHAT_TO_GIVE", "MatcherError", "load_matcher"]

WHAT_TO_GIVE = (
    "name the function to test: --matcher module:name\n"
    "  name(selector, labels) gets the text of a selector and a dict of labels, returns True or"
    " False,\n"
    "  and raises an error for a text that it refuses. With --objects, selector is a LabelSelector"
    " object (a dict or None)."
)


class MatcherError(ValueError):
    """What ``--matcher`` names is not a function that can be tested."""


def load_matcher(name: str) -> Matcher:
    """Return the function of a name ``module:name``.

    The module is looked for in the current folder, too.

    Arguments:
        name: a module and a function in it, ``shop.selectors:match``. Dots after the colon lead
            into classes and objects.

    Returns:
        The function.

    Raises:
        MatcherError: the name has another form, there is no such module or function, or the module
            cannot be imported.

    Complexity: O(1), beside importing the module.

    >>> load_matcher("operator:contains")
    <built-in function contains>
    >>> load_matcher("operator:no")
    Traceback (most recent call last):
    labelsel.conformance.matcher.MatcherError: --matcher operator:no: the module operator has no no
    """
    module, colon, path = name.partition(":")
    words = module.split(".") if colon and path else [""]
    if not all(word.isidentifier() for word in words):
        message = f"--matcher {name}: expected module:name, such as shop.selectors:match"
        raise MatcherError(message)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: object = import_module(module)
    except ModuleNotFoundError as error:
        missing = f"there is no module {error.name}"
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            missing = f"the module {module} needs another one: {error}"
        message = f"--matcher {name}: {missing}"
        raise MatcherError(message) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # pytest.skip and sys.exit, too: nothing would be tested
        problem = describe_error(error)
        message = f"--matcher {name}: the module {module} cannot be imported: {problem}"
        raise MatcherError(message) from error
    for part in path.split("."):
        if not hasattr(found, part):
            message = f"--matcher {name}: the module {module} has no {path}"
            raise MatcherError(message)
        found = getattr(found, part)
    if not callable(found):
        message = f"--matcher {name}: {path} is not a function, but {type(found).__name__}"
        raise MatcherError(message)
    return cast("Matcher", found)
