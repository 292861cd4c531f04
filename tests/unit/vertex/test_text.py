"""Words from Gemini: what is sent, what every fault becomes, what is paid."""

import asyncio
import logging
import pickle
from dataclasses import replace

import pytest

from engines.vertex.clients import Clients
from engines.vertex.errors import (
    AuthFailed,
    BudgetSpent,
    ContentBlocked,
    InvalidOutput,
    ModelUnavailable,
    RateLimited,
    Refused,
    Unreachable,
)
from engines.vertex.schema import KNOWN, schema_of
from engines.vertex.text import Prompt, TextModel
from engines.writer.gemini import name, story
from engines.writer.gemini.characters import People as CharactersOf
from engines.writer.gemini.concept import Idea
from tests.support.waiting import eventually
from tests.unit.vertex.conftest import TOKEN, local_gate, options_for, outcomes
from tests.unit.vertex.people import People

MODEL = "gemini-3.8-flash"
PROMPT = Prompt("You plan a manga.", "ハルは丘の秘密を知っている。ミオは知らない。", "It is wrong:\n{complaints}")


def ask(texts, budget_s=20.0, prompt=PROMPT):
    return texts.ask(MODEL, prompt, People, budget_s)


async def test_an_answer_is_a_value_with_its_model_and_its_cost(texts, emulator):
    answer = await ask(texts)
    assert [person.name for person in answer.value.people[:2]] == ["ハル", "ミオ"]
    assert (answer.model, answer.repaired, answer.usage.calls) == (MODEL, False, 1)
    expected = (answer.usage.input_tokens * 1.0 + answer.usage.output_tokens * 10.0) / 1e6
    assert answer.usage.cost_usd == pytest.approx(expected)
    assert answer.usage.output_tokens > 0
    assert "You plan a manga." in emulator.calls[0]["prompt"]


@pytest.mark.parametrize("fault", ["truncate", "garbage"])
async def test_one_repair_turn_tells_what_is_wrong_and_is_paid(texts, emulator, fault):
    plain = (await ask(texts)).usage
    emulator.fault(fault)
    answer = await ask(texts)
    assert answer.repaired
    assert answer.usage.calls == 2
    assert answer.usage.input_tokens > 2 * plain.input_tokens
    speech = emulator.calls[-1]["prompt"]
    assert "It is wrong:" in speech
    assert ("people: Field required" if fault == "garbage" else "MAX_TOKENS") in speech


@pytest.mark.parametrize("fault", ["truncate", "garbage"])
async def test_after_the_repair_turn_the_failure_is_typed_and_tells_its_cost(texts, emulator, fault):
    emulator.fault(fault, times=-1)
    with pytest.raises(InvalidOutput) as caught:
        await ask(texts)
    assert len(emulator.calls) == 2
    assert pickle.loads(pickle.dumps(caught.value)).usage["calls"] == 2


@pytest.mark.parametrize("fault", ["rate_limit", "unavailable"])
async def test_a_passing_fault_is_tried_again(texts, emulator, fault):
    emulator.fault(fault)
    assert (await ask(texts)).value
    assert outcomes(emulator) == [{"rate_limit": "429", "unavailable": "503"}[fault], "ok"]


@pytest.mark.parametrize(
    ("fault", "kind", "outcome"),
    [
        ("not_found", ModelUnavailable, "404"),
        ("unauthorized", AuthFailed, "401"),
        ("invalid", Refused, "400"),
        ("block", ContentBlocked, "ok"),
    ],
)
async def test_a_lasting_fault_is_met_once_and_its_error_pickles(texts, emulator, fault, kind, outcome):
    emulator.fault(fault, times=-1)
    with pytest.raises(kind) as caught:
        await ask(texts)
    assert outcomes(emulator) == [outcome]
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.detail, vars(copy)) == (caught.value.detail, vars(caught.value))
    assert caught.value.__cause__ is None
    assert not copy.retryable


async def test_a_block_has_its_reason_and_stage(texts, emulator):
    emulator.fault("block")
    with pytest.raises(ContentBlocked) as caught:
        await ask(texts)
    assert (caught.value.reason, caught.value.stage, caught.value.status) == ("PROHIBITED_CONTENT", "prompt", 422)


async def test_wrong_credentials_tell_the_command_that_mends_them(emulator):
    options = replace(options_for(emulator), token="wrong")
    clients = Clients(options)
    with pytest.raises(AuthFailed) as caught:
        await ask(TextModel(options, clients, local_gate()))
    assert "gcloud auth application-default login" in caught.value.hint
    await clients.close()


async def test_a_lasting_outage_ends_after_the_attempts(emulator):
    options = replace(options_for(emulator), attempts=2)
    clients = Clients(options)
    emulator.fault("unavailable", times=-1)
    with pytest.raises(Unreachable):
        await ask(TextModel(options, clients, local_gate()))
    assert outcomes(emulator) == ["503", "503"]
    await clients.close()


async def test_no_server_at_all_is_an_error_of_ours(emulator):
    options = replace(options_for(emulator), base_url="http://127.0.0.1:9", attempts=1)
    clients = Clients(options)
    with pytest.raises(Unreachable):
        await ask(TextModel(options, clients, local_gate()))
    await clients.close()


async def test_retry_info_is_obeyed_as_seen_at_the_server(texts, emulator):
    emulator.fault("rate_limit", retry_after=1.2)
    await ask(texts)
    limited, again = emulator.calls
    assert again["started_at"] - limited["ended_at"] >= 1.2


async def test_a_limit_that_lasts_longer_than_the_budget_is_told_at_once(texts, emulator):
    emulator.fault("rate_limit", times=-1, retry_after=500)
    with pytest.raises(RateLimited) as caught:
        await ask(texts, budget_s=30)
    assert len(emulator.calls) == 1
    assert pickle.loads(pickle.dumps(caught.value)).retry_after >= 499


async def test_one_try_that_hangs_leaves_time_for_another(texts, emulator):
    emulator.fault("hang")
    assert (await ask(texts, budget_s=5)).value
    assert outcomes(emulator) == ["cancelled", "ok"]


@pytest.mark.timeout(60)
async def test_the_budget_ends_a_hanging_call_at_the_server(texts, emulator):
    emulator.fault("hang", times=-1)
    with pytest.raises((BudgetSpent, Unreachable)):
        await ask(texts, budget_s=1)
    await eventually(lambda: emulator.report()["running"] == 0)
    assert set(outcomes(emulator)) == {"cancelled"}


@pytest.mark.timeout(60)
async def test_cancelling_reaches_the_server_and_frees_the_place(emulator):
    gate, options = local_gate(calls=1), options_for(emulator)
    clients = Clients(options)
    texts = TextModel(options, clients, gate)
    emulator.fault("hang")
    task = asyncio.create_task(ask(texts))
    await eventually(lambda: outcomes(emulator) == ["running"])
    task.cancel()
    await eventually(lambda: outcomes(emulator) == ["cancelled"])
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gate.inside() == {"text": 0, "image": 0}
    assert (await ask(texts)).value
    await clients.close()


@pytest.mark.parametrize("fault", ["none", "rate_limit", "truncate", "unauthorized", "block", "unavailable"])
async def test_logs_hold_no_words_and_no_token(texts, emulator, caplog, fault):
    caplog.set_level(logging.DEBUG)
    if fault != "none":
        emulator.fault(fault)
    prompt = Prompt("SYSTEM-SECRET", "ハルの STORY-SECRET を知る。", "{complaints}")
    try:
        await ask(texts, prompt=prompt)
    except (AuthFailed, ContentBlocked) as error:
        logging.getLogger("ray.serve").error("failed", exc_info=error)
    assert prompt.fingerprint in caplog.text
    for secret in ("SYSTEM-SECRET", "STORY-SECRET", "ハル", TOKEN):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "model", [Idea, CharactersOf, story.schema_for(9), name.schema_for(9, ["c1"]), name.schema_for(2, ["c1", "c2"])]
)
def test_schemas_hold_only_keywords_that_gemini_takes(model):
    def keywords(schema):
        for key, value in schema.items():
            yield key
            if key in {"properties", "$defs"}:
                yield from (word for each in value.values() for word in keywords(each))
            elif isinstance(value, dict):
                yield from keywords(value)
            elif isinstance(value, list):
                yield from (word for each in value if isinstance(each, dict) for word in keywords(each))

    assert set(keywords(schema_of(model))) <= KNOWN
    assert "properties" in schema_of(model)


def test_a_constant_is_an_enum_of_one():
    assert schema_of(name.schema_for(2, ["c1"]))["$defs"]["Figure"]["properties"]["character"]["enum"] == ["c1"]
