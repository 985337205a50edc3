"""Slugs: identifiers of 22 characters, as tasks have them."""

from collections.abc import Callable, Hashable


def slugId() -> str:
    """Make a new slug; its first character is a letter, so that it can stand anywhere."""
    import slugid  # here: it loads uuid, and few programs need it

    return str(slugid.nice())


def stableSlugId() -> Callable[[Hashable], str]:
    """Give a function that makes a slug for each key, and the same one for the same key."""
    slugs: dict[Hashable, str] = {}

    def closure(name: Hashable) -> str:
        if name not in slugs:
            slugs[name] = slugId()
        return slugs[name]

    return closure
