#!/usr/bin/env python3
"""Draws pages of text with masks of where the text stands: images of one's own for cradle's segmentation.

    python3 examples/draw_text.py FOLDER [--train 200] [--val 50] [--test 200] [--side 320] [--seed 1]

FOLDER/{train,val,test}/{images,masks}/*.png and classes.txt (docs/FORMATS.md, "Images of one's own"). What is text is
drawn as detectors of the DBNet kind learn it: each line's box shrunk by d = A (1 - r^2) / L, with its area A, its
perimeter L and r = 0.4 (Liao et al. 2020, "Real-time scene text detection with differentiable binarization", section
3.4), so that lines do not touch. Needs Debian's python3-pil and fonts-dejavu-core. The same seed draws the same pages.
"""

import argparse
import pathlib
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

_FONTS = pathlib.Path("/usr/share/fonts/truetype/dejavu")
_FACES = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf"]
_WORDS = ("energy carbon joule watt camera vision model train prune batch kernel tensor layer image power grid copper "
          "cobalt water river metal server rack cooling network pixel edge device study result").split()
_SHRINK = 0.4


def shrunk(box):
    """The box that a detector is asked for; None if nothing would be left."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    d = width * height * (1 - _SHRINK**2) / (2 * (width + height))
    inner = (left + d, top + d, right - d, bottom - d)
    return inner if inner[2] > inner[0] and inner[3] > inner[1] else None


def page(chance, side):
    """One page and its mask: 0 paper, 1 text."""
    dark = chance.random() < 0.2
    paper, ink = (chance.randint(20, 70), chance.randint(180, 255)) if dark else (chance.randint(190, 255),
                                                                                  chance.randint(0, 90))
    image = Image.new("RGB", (side, side), tuple(max(0, min(255, paper + chance.randint(-12, 12))) for _ in range(3)))
    mask = Image.new("L", (side, side), 0)
    draw, draw_mask = ImageDraw.Draw(image), ImageDraw.Draw(mask)
    y = chance.randint(8, 30)
    while y < side - 34:
        size = chance.randint(16, 30)
        face = ImageFont.truetype(str(_FONTS / chance.choice(_FACES)), size)
        text = " ".join([chance.choice(_WORDS) for _ in range(chance.randint(1, 3))] + [str(chance.randint(0, 999))])
        while draw.textlength(text, font=face) > side - 24 and " " in text:
            text = text[: text.rindex(" ")]
        x = chance.randint(6, max(7, side - 12 - int(draw.textlength(text, font=face))))
        draw.text((x, y), text, font=face, fill=(ink,) * 3)
        inner = shrunk(draw.textbbox((x, y), text, font=face))
        if inner:
            draw_mask.rectangle(inner, fill=1)
        y += size + chance.randint(14, 40)
    if chance.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(chance.uniform(0.4, 1.0)))
    return image, mask


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    for split, count in (("train", 200), ("val", 50), ("test", 200)):
        parser.add_argument(f"--{split}", type=int, default=count, help="pages (default %(default)s)")
    parser.add_argument("--side", type=int, default=320, help="pixels (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    for split in ("train", "val", "test"):
        chance = random.Random(f"{wanted.seed}/{split}")
        for kind in ("images", "masks"):
            (wanted.folder / split / kind).mkdir(parents=True, exist_ok=True)
        for i in range(getattr(wanted, split)):
            image, mask = page(chance, wanted.side)
            image.save(wanted.folder / split / "images" / f"{i:05}.png")
            mask.save(wanted.folder / split / "masks" / f"{i:05}.png")
    (wanted.folder / "classes.txt").write_text("paper\ntext\n")


if __name__ == "__main__":
    main()
