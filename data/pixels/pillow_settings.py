"""What a user sets in Pillow decides which images are read, wherever they are read."""

from __future__ import annotations

from typing import NamedTuple


class PillowSettings(NamedTuple):
    """Whether the start of a file that is cut off is read, and how many pixels an image may have.

    Examples
    --------
    >>> PillowSettings.now().truncated
    False
    """

    truncated: bool
    most_pixels: float | None

    @classmethod
    def now(cls) -> PillowSettings:
        """Return the settings of this process."""
        from PIL import Image, ImageFile

        return cls(bool(ImageFile.LOAD_TRUNCATED_IMAGES), Image.MAX_IMAGE_PIXELS)

    def use(self) -> None:
        """Make them the settings of this process, which may be another one."""
        from PIL import Image, ImageFile

        if self != PillowSettings.now():
            ImageFile.LOAD_TRUNCATED_IMAGES = self.truncated
            Image.MAX_IMAGE_PIXELS = self.most_pixels  # type: ignore[assignment]  # or a float
