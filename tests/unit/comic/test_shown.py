"""Pictures brought to their size before painting look as those that painting resamples."""

import io

import numpy as np
from PIL import Image, ImageFilter

from engines.comic.document import Box
from engines.comic.embedded_pictures import picture_svg, with_pictures_embedded
from engines.comic.render import paint

BOX = Box(x=40.5, y=30.25, w=300.0, h=180.0)


def jpeg(width, height):
    out = io.BytesIO()
    ramp = Image.linear_gradient("L").resize((width, height))
    noise = Image.effect_noise((width, height), 40).filter(ImageFilter.GaussianBlur(6))
    Image.blend(ramp, noise, 0.5).save(out, "JPEG", quality=95)
    return out.getvalue()


def page(*art):
    body = "".join(art)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300" viewBox="0 0 400 300">{body}</svg>'


def levels(svg):
    return np.asarray(paint(svg).convert("L"), float)


def test_it_looks_the_same_in_every_proportion():
    for size in ((900, 540), (512, 768), (96, 96)):
        svg = page('<rect width="50" height="300" fill="#333"/>', picture_svg("p1.panel1", BOX, jpeg(*size)))
        whole, quick = levels(svg), levels(with_pictures_embedded(svg))
        assert abs(whole - quick).mean() < 2, size
        # the middle of the picture is shown, and all of the box
        assert abs(whole[120, 190] - quick[120, 190]) < 12
        assert quick[32, 43] < 250 > quick[208, 338]


def test_the_picture_has_the_pixels_of_its_box():
    from base64 import b64decode

    svg = with_pictures_embedded(page(picture_svg("p1.panel1", BOX, jpeg(900, 900))))
    data = svg.partition("base64,")[2].partition('"')[0]
    assert Image.open(io.BytesIO(b64decode(data))).size == (300, 180)
    assert 'id="p1.panel1.picture"' in svg


def test_a_page_without_pictures_stays_as_it_is():
    drawn = page('<rect width="50" height="300" fill="#333"/>')
    assert with_pictures_embedded(drawn) == drawn
