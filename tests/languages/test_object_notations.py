"""Objects as languages: they are found by name, and told from texts."""

from labelsel.languages import LABEL_SELECTORS, LANGUAGES, NODE_SELECTORS


def test_which_languages_are_objects() -> None:
    """All others are texts: nothing that reads texts takes an object, and the other way round."""
    objects = {language.name for language in LANGUAGES.values() if not language.is_text}
    assert objects == {LABEL_SELECTORS.name, NODE_SELECTORS.name}
