#!/usr/bin/env python3
"""Draws text whose content, place and direction are known, as the text models of PaddleOCR take it.

    render_text.py FOLDER

lines.in: N × 3 × 48 × 320, one line of text each; turned.in: N × 3 × 48 × 192, half of them upside down; page.in:
1 × 3 × 320 × 320, several lines. float32 in [-1, 1], pages by ImageNet's mean and deviation. truth.json says what is
drawn: "lines" (texts), "turned" (0 upright, 1 not), "page" (boxes x0 y0 x1 y1). Preprocessing by PaddleOCR's documents:
its channels are BGR, which grey text does not show.
"""

import array
import json
import pathlib
import random
import sys

from PIL import Image, ImageDraw, ImageFont

_FOLDER = pathlib.Path("/usr/share/fonts/truetype/dejavu")
_FONTS = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf"]
_WORDS = ("energy carbon joule watt camera vision model train prune batch kernel tensor layer image power grid "
          "copper cobalt water river metal server rack cooling network pixel edge device study result").split()
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def font(chance, size):
    return ImageFont.truetype(str(_FOLDER / chance.choice(_FONTS)), size)


def planes(image, mean=(0.5, 0.5, 0.5), deviation=(0.5, 0.5, 0.5)):
    numbers = array.array("f")
    for c, plane in enumerate(image.split()):
        numbers.extend((v / 255 - mean[c]) / deviation[c] for v in plane.tobytes())
    return numbers.tobytes()


def line(chance, width, height=48):
    """A line of text on light paper: the image, and the text."""
    paper, ink = chance.randint(215, 255), chance.randint(0, 70)
    image = Image.new("RGB", (width, height), (paper,) * 3)
    draw, face = ImageDraw.Draw(image), font(chance, chance.randint(24, 30))
    text = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {chance.randint(0, 999)}"
    while draw.textlength(text, font=face) > width - 12 and " " in text:
        text = text[: text.rindex(" ")]
    draw.text((6, (height - face.size) // 2 - 2), text, font=face, fill=(ink,) * 3)
    return image, text


def page(chance, extent=320):
    image = Image.new("RGB", (extent, extent), (240,) * 3)
    draw, boxes = ImageDraw.Draw(image), []
    for y in range(20, extent - 50, 58):
        face = font(chance, chance.randint(20, 28))
        text = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)}"
        x = chance.randint(10, 40)
        draw.text((x, y), text, font=face, fill=(20,) * 3)
        boxes.append(draw.textbbox((x, y), text, font=face))
    return image, boxes


def main():
    folder, chance = pathlib.Path(sys.argv[1]), random.Random(11)
    truth = {"lines": [], "turned": []}
    with open(folder / "lines.in", "wb") as out:
        for _ in range(16):
            image, text = line(chance, 320)
            truth["lines"].append(text)
            out.write(planes(image))
    with open(folder / "turned.in", "wb") as out:
        for i in range(32):
            image, _ = line(chance, 192)
            truth["turned"].append(i % 2)
            out.write(planes(image.rotate(180) if i % 2 else image))
    image, truth["page"] = page(chance)
    (folder / "page.in").write_bytes(planes(image, _MEAN, _DEVIATION))
    (folder / "truth.json").write_text(json.dumps(truth))


if __name__ == "__main__":
    main()
