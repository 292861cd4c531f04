"""Errors, settings, language, images: values from strangers and across actor borders."""

import base64
import inspect
import io
import pickle
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pydantic import ValidationError

from foundation import errors
from foundation.errors import BadImage, InvalidInput, KomaError, Misconfigured, TooLarge
from foundation.images import decode_base64, decode_image, png_bytes, png_text
from foundation.jobs.leases import JobCancelled
from foundation.jobs.types import LeaseLost
from foundation.language import check_language, clean_text, detect_language
from foundation.settings import Settings

ALL_ERRORS = [e for _, e in inspect.getmembers(errors, inspect.isclass) if issubclass(e, KomaError)]


@pytest.mark.parametrize("kind", [*ALL_ERRORS, JobCancelled, LeaseLost])
def test_errors_cross_borders_whole(kind):
    once = pickle.loads(pickle.dumps(kind("what happened, with 値 5")))
    assert type(once) is kind
    assert once.detail == "what happened, with 値 5"
    assert 400 <= once.status < 600
    assert once.code
    assert once.title
    assert once.hint
    assert kind().detail


def test_codes_are_each_errors_own():
    leaves = [e for e in ALL_ERRORS if not e.__subclasses__()]
    assert len({e.code for e in leaves}) == len(leaves)


def test_settings_take_urls_as_people_write_them(tmp_path):
    settings = Settings(koma_data_dir=tmp_path / "new")
    assert settings.resolved_database_url == f"sqlite+aiosqlite:///{tmp_path}/new/koma.db"
    assert settings.resolved_blob_url == f"file://{tmp_path}/new/blobs"
    assert Settings(database_url="postgres://u@h/d").resolved_database_url == "postgresql+asyncpg://u@h/d"
    assert Settings(database_url="postgresql+asyncpg://h/d").resolved_database_url == "postgresql+asyncpg://h/d"


def test_the_signing_key_is_made_once_and_private(tmp_path):
    first, second = Settings(koma_data_dir=tmp_path).signing_key(), Settings(koma_data_dir=tmp_path).signing_key()
    assert first == second
    assert len(first) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_all_who_start_at_once_sign_with_one_key(tmp_path):
    for n in range(20):
        folder = tmp_path / str(n)
        barrier = threading.Barrier(8)

        def read(folder=folder, barrier=barrier):
            barrier.wait()
            return Settings(koma_data_dir=folder).signing_key()

        with ThreadPoolExecutor(8) as pool:
            keys = {future.result() for future in [pool.submit(read) for _ in range(8)]}
        assert len(keys) == 1
        assert len(keys.pop()) >= 32
        assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_bad_settings_are_refused():
    with pytest.raises((Misconfigured, ValidationError)):
        Settings(secret_key="short")
    with pytest.raises(ValidationError):
        Settings(job_lease_seconds=0)
    assert "hunter" not in repr(Settings(secret_key="hunter" * 8))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("むかし、男がいた。", "ja"),
        ("Once there was a man.", "en"),
        ("昔々山中有老翁", "ja"),
        ("ケンはiPhoneを見た", "ja"),
        ("She wrote the word こんにちは on the board and smiled at us.", "en"),
        ("國破山河在、城春草木深。", "ja"),
        ("子曰、學而時習之、不亦說乎。有朋自遠方來、不亦樂乎。", "ja"),
        ("宇宙戦艦、発進。敵艦隊全滅。", "ja"),
        ("完全的勝利、是非了解。東京消滅！", "ja"),
        ("超絶的美少女的日常、了", "ja"),
        ("我輩的人生、了。是非感想求む", "ja"),
        ("宋國有人耕田者。田中有株。兎走觸株、折頸而死。", "ja"),
        ("色即是空空即是色受想行識亦復如是舎利子是諸法空相", "ja"),
        ("少年、剣、竜、勇者、魔王、最終決戦", "ja"),
        ("学校一番美少女、突然告白", "ja"),
        ("旅人は言った。「你好！你们是谁？这里是什么地方？我们走吧！」誰も答えない。", "ja"),
        ("「你好吗？」と彼は言った。「很好。」", "ja"),
        ("𠮟られた子", "ja"),
    ],
)
def test_languages_are_told_apart(text, language):
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "1234 5678 !!!", "🎉🎉🎉🎉🎉🎉", "Привет, как дела?", "مرحبا بالعالم"])
def test_other_writing_is_refused(text):
    with pytest.raises(InvalidInput):
        detect_language(text)


@pytest.mark.parametrize(
    "text",
    [
        "宋国有个农民，他的田里有一棵树。有一天，一只兔子跑过来。",
        "宋國有個農民，他的田裡有一株樹樁。他很高興，說這是好運。",
        "今天的天气很好，我们去公园散步吧。",
        "从前有一个小女孩，她住在森林里。",
        "從前有一個小女孩，她住在森林裡。",
        "小红帽走进了森林。",
        "她笑了。他也笑了。",
        "月亮很圓。他坐在河邊，想起了母親。",
        "我喜欢看アニメ，这是我的爱好，你呢？你们也喜欢吗？",
        "「你好吗？」「我很好，谢谢你。」",
        "天地玄黃宇宙洪荒日月盈昃辰宿列張寒來暑往秋收冬藏" * 5,
    ],
)
def test_chinese_is_refused_and_the_languages_that_work_are_named(text):
    with pytest.raises(InvalidInput, match=r"Chinese.*Japanese.*English"):
        detect_language(text)


@pytest.mark.parametrize(("text", "language"), [("むかし、男がいた。", "en"), ("Once there was a man.", "ja")])
def test_a_language_that_the_text_is_not_in_is_refused(text, language):
    with pytest.raises(InvalidInput, match="leave language out"):
        check_language(text, language)
    check_language(text, detect_language(text))


@pytest.mark.parametrize("text", ["안녕하세요 여러분 반갑습니다", "مرحبا بالعالم"])
def test_a_refused_script_names_the_languages_that_work(text):
    with pytest.raises(InvalidInput, match=r"Japanese, and in English"):
        detect_language(text)


def test_text_is_cleaned():
    assert clean_text("👩\u200d🚀と\u200dあ") == "👩\u200d🚀とあ"
    assert clean_text("a\r\nb\x00\x1b[31m\u202ec\ufeff") == "a\nb[31mc"
    assert clean_text("か\u3099") == "が"
    with pytest.raises(InvalidInput):
        clean_text("\ud800")


def encoded(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def test_images_come_upright_in_8_bits():
    turned = Image.new("RGB", (4, 2), "red")
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode_image(encoded(turned, "JPEG", exif=exif), 100).size == (2, 4)
    deep = Image.fromarray(np.full((2, 2), 40000, dtype=np.uint16))
    grey = decode_image(encoded(deep), 100)
    assert (grey.mode, grey.getpixel((0, 0))) == ("L", round(40000 / 257))
    assert decode_image(encoded(Image.new("CMYK", (2, 2)), "JPEG"), 100).mode == "RGB"
    palette = Image.new("P", (2, 2))
    assert decode_image(encoded(palette, transparency=0), 100).mode == "RGBA"
    assert decode_image(encoded(Image.new("1", (2, 2))), 100).mode == "L"


def test_large_images_are_refused_before_they_are_decoded():
    with pytest.raises(TooLarge):
        decode_image(encoded(Image.new("L", (100, 100))), 9_999)
    header = bytearray(encoded(Image.new("L", (1, 1))))
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    header[29:33] = zlib.crc32(header[12:29]).to_bytes(4, "big")
    with pytest.raises(TooLarge):
        decode_image(bytes(header), 50_000_000)


def test_a_picture_with_a_second_view_is_its_first():
    first, second = Image.new("RGB", (4, 4), "white"), Image.new("RGB", (4, 4))
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    assert decode_image(data, 100).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n" + bytes(30),
        encoded(Image.effect_noise((64, 64), 50))[:800],
        encoded(Image.new("RGB", (2, 2)), "WEBP", save_all=True, append_images=[Image.new("RGB", (2, 2), "red")]),
        encoded(Image.new("L", (2, 2)), "GIF"),
        encoded(Image.new("L", (2, 2)), "BMP"),
    ],
)
def test_what_is_no_still_image_is_refused(data):
    with pytest.raises(BadImage):
        decode_image(data, 10_000)


def test_base64_is_measured_and_checked():
    assert decode_base64("data:image/png;base64," + base64.b64encode(b"abc").decode(), 10) == b"abc"
    with pytest.raises(TooLarge):
        decode_base64("A" * 100, 10)
    for junk in ("aGk=!!!!", "a", "é"):
        with pytest.raises(BadImage):
            decode_base64(junk, 100)


def test_ended_style_tasks_have_a_retention_of_their_own():
    settings = Settings(job_retention_hours=5, task_cleanup_hours=2)
    assert [settings.retention_hours(app) for app in ("manga", "style", "comfyui")] == [5, 2, 2]


def test_comfyui_servers_are_named_with_commas():
    settings = Settings(comfyui_base_url=" http://a:8188/ ,http://b:8188,, ")
    assert settings.comfyui_urls == ["http://a:8188", "http://b:8188"]
    assert Settings().comfyui_urls == []


def test_a_webhook_secret_must_be_base64(tmp_path):
    assert Settings(webhook_secret="whsec_" + "QUJD").webhook_key() == b"ABC"
    with pytest.raises(Misconfigured, match="WEBHOOK_SECRET"):
        Settings(webhook_secret="whsec_%").webhook_key()
    own = [Settings(koma_data_dir=tmp_path / name).webhook_key() for name in ("a", "a", "b")]
    assert own[0] == own[1] != own[2]


def test_texts_travel_in_a_png_and_nothing_else_does():
    image = Image.new("RGB", (4, 4), "red")
    image.info["secret"] = "who made it"
    options = {"parameters": '{"prompt": "雨の日"}', "engine": "draft"}
    data = png_bytes(image, options)
    assert png_text(data) == options
    assert Image.open(io.BytesIO(data)).getpixel((0, 0)) == (255, 0, 0)
    assert png_bytes(image, options) == data
    assert png_text(encoded(image, "JPEG")) == {}
    with pytest.raises(BadImage):
        png_text(b"no image")


def test_a_text_that_unpacks_to_more_than_it_may_is_no_image():
    packed = PngInfo()
    packed.add_text("bomb", "x" * 3_000_000, zip=True)
    assert len(encoded(Image.new("L", (1, 1)), pnginfo=packed)) < 10_000
    with pytest.raises(BadImage):
        png_text(encoded(Image.new("L", (1, 1)), pnginfo=packed))


def test_origins_come_by_their_old_name_too():
    settings = Settings(cors_origins=["https://a.example"], allowed_origins="https://b.example, https://a.example,")
    assert settings.origins == ["https://a.example", "https://b.example"]


def test_loras_lie_beside_the_models(tmp_path):
    assert Settings(model_dir=tmp_path).resolved_lora_dir == tmp_path.resolve() / "loras"
    assert Settings(model_dir=tmp_path, lora_dir=tmp_path / "x").resolved_lora_dir == tmp_path.resolve() / "x"
