"""Prompt weights, chunks, embeddings."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from engines.diffusion.text.chunks import LENGTH, Marks, Token, chunked
from engines.diffusion.text.embeddings import embeddings_in, split_at_embeddings
from engines.diffusion.text.prompt import weighted_pieces
from engines.diffusion.weights.family import TOKENIZER
from engines.diffusion.weights.readers import tokenizer_at

MARKS = Marks(start=-1, end=-2, fill=-3)


@pytest.mark.parametrize(
    ("prompt", "pieces"),
    [
        ("a house", [("a house", 1.0)]),
        ("a (red) house", [("a ", 1.0), ("red", 1.1), (" house", 1.0)]),
        ("((red))", [("red", 1.21)]),
        ("(((red)))", [("red", 1.331)]),
        ("(red:1.3)", [("red", 1.3)]),
        ("((red:1.3) roof)", [("red", 1.3), (" roof", 1.1)]),
        ("(a (b:0.5) c:2)", [("a ", 2.0), ("b", 0.5), (" c", 2.0)]),
        ("((a) b:0.5)", [("a", 0.55), (" b", 0.5)]),
        ("(at 5:30 pm:0.8)", [("at 5:30 pm", 0.8)]),
        ("(ratio:high)", [("ratio:high", 1.1)]),
        ("[flowers]", [("[flowers]", 1.0)]),
        (r"\(soft\)", [("(soft)", 1.0)]),
        (r"(soft \(very\):1.2)", [("soft (very)", 1.2)]),
        ("a ) b", [("a ) b", 1.0)]),
        ("a ( b", [("a ( b", 1.0)]),
        ("(a:-1)", [("a", -1.0)]),
        ("(a: 1.5 )", [("a", 1.5)]),
        ("()", []),
        ("", []),
    ],
)
def test_weights(prompt, pieces):
    found = [(piece.text, piece.weight) for piece in weighted_pieces(prompt)]
    assert [text for text, _ in found] == [text for text, _ in pieces]
    assert [weight for _, weight in found] == pytest.approx([weight for _, weight in pieces])


@given(st.text(alphabet="ab() :.12\\[]", max_size=60))
def test_any_text_keeps_its_letters(prompt):
    pieces = weighted_pieces(prompt)
    assert all(piece.text for piece in pieces)
    letters = [letter for letter in prompt if letter in "ab"]
    assert [letter for piece in pieces for letter in piece.text if letter in "ab"] == letters


def run_of(length, start=0):
    return [Token(start + n) for n in range(length)]


def bodies(chunks):
    return [[token.id for token in chunk if token.id >= 0] for chunk in chunks]


def test_nothing_is_one_empty_chunk():
    chunks = chunked([], MARKS)
    assert [token.id for token in chunks[0]] == [-1, -2] + [-3] * 75


def test_75_tokens_fill_a_chunk():
    chunks = chunked([run_of(75)], MARKS)
    assert len(chunks) == 1
    assert [token.id for token in chunks[0]] == [-1, *range(75), -2]
    assert [len(body) for body in bodies(chunked([run_of(76)], MARKS))] == [75, 1]


def test_a_short_run_goes_whole_to_the_next_chunk():
    assert [len(body) for body in bodies(chunked([run_of(70), run_of(7)], MARKS))] == [70, 7]
    assert [len(body) for body in bodies(chunked([run_of(70), run_of(5)], MARKS))] == [75]


def test_a_long_run_is_cut_and_fills_the_chunk():
    assert [len(body) for body in bodies(chunked([run_of(70), run_of(8)], MARKS))] == [75, 3]
    assert [len(body) for body in bodies(chunked([run_of(200)], MARKS))] == [75, 75, 50]


@given(st.lists(st.integers(0, 200), max_size=12))
def test_no_token_is_lost(lengths):
    runs, start = [], 0
    for length in lengths:
        runs.append(run_of(length, start))
        start += length
    chunks = chunked(runs, MARKS)
    assert all(len(chunk) == LENGTH for chunk in chunks)
    assert [number for body in bodies(chunks) for number in body] == list(range(start))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a house", [("a house", False)]),
        ("embedding:art", [("art", True)]),
        ("a embedding:art", [("a", False), ("art", True)]),
        ("a embedding:art, b", [("a", False), ("art", True), (", b", False)]),
        ("a embedding:art b embedding:two", [("a", False), ("art", True), ("b", False), ("two", True)]),
        ("an-embedding:art", [("an-embedding:art", False)]),
    ],
)
def test_embeddings_in_a_text(text, parts):
    assert split_at_embeddings(text) == parts


def test_embeddings_from_files(tmp_path):
    save_file({"emb_params": torch.ones(3, 8)}, tmp_path / "art.safetensors")
    save_file({"clip_l": torch.ones(2, 8), "clip_g": torch.ones(2, 1280)}, tmp_path / "large.safetensors")
    lookup = embeddings_in(tmp_path)
    assert lookup("art", 8).shape == (3, 8)
    assert lookup("art.safetensors", 8).shape == (3, 8)
    assert lookup("art", 16) is None
    assert lookup("large", 1280).shape == (2, 1280)
    assert lookup("none", 8) is None
    assert lookup("../art", 8) is None


def test_the_tokenizer_is_clips():
    tokenizer = tokenizer_at(TOKENIZER)
    assert tokenizer("A photo of a cat\n", add_special_tokens=False)["input_ids"] == [320, 1125, 539, 320, 2368]
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id) == (49406, 49407)
