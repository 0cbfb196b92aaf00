"""What a verification found, in words."""

from generation.serializers.checks import explain

RECEIPT = {"scheduler": {"class": "EulerDiscreteScheduler"}, "precision": "half"}


def test_precision_and_decoding_are_named_before_everything_else():
    differences = {
        "device_name": ["NVIDIA L4, CUDA 13.0", "NVIDIA H200, CUDA 13.0"],
        "decoding.tile": [512, 0],
        "precision": ["half", "full"],
        "versions.torch": ["2.12.0", "2.13.0"],
    }
    assert explain(differences, RECEIPT) == (
        "It was made with half precision, decoding in tiles of 512 px, NVIDIA L4, CUDA 13.0, torch 2.12.0; "
        "this worker used full precision, decoding in one piece, NVIDIA H200, CUDA 13.0, torch 2.13.0."
    )


def test_facts_of_numbers_and_of_the_first_pass_have_words():
    differences = {
        "first_decoding.tile": [0, 256],
        "decoding.upcast": ["config", "overflow"],
        "memory_mode": ["resident", "offload"],
        "numerics.cudnn": [91000, 91200],
        "numerics.tf32_cudnn": [True, False],
        "numerics.threads": [1, 4],
    }
    said = explain(differences, RECEIPT)
    for words in (
        "first pass: decoding in tiles of 256 px",
        "decoding again after an overflow",
        "weights offloaded by part",
        "cuDNN 91200",
        "no TF32 in convolutions",
        "4 threads",
    ):
        assert words in said.partition("this worker used")[2]


def test_what_has_no_words_is_named_as_the_receipt_calls_it():
    said = explain({"weights.ink": ["a" * 64, None], "scheduler.config.betas": [[1, 2], [3]]}, RECEIPT)
    assert "no weights ink" in said
    assert "scheduler config betas [1, 2]" in said


def test_it_says_where_the_receipt_is_silent():
    older = {"scheduler": {"class": "EulerDiscreteScheduler"}}
    assert explain({}, older) == "Its receipt is older and does not say its precision or how it was decoded."
    assert "name no difference" in explain({}, RECEIPT)
    upscaled = {"device_name": "NVIDIA L4", "numerics": {}}  # without a checkpoint, so without a precision
    assert "older" not in explain({}, upscaled)


def test_techniques_of_speed_modes_are_named():
    then, now = [{"name": "first_block_cache", "threshold": 0.12}], [{"name": "fewer_steps", "steps": 4}]
    said = explain({"speed.techniques": [then, now]}, RECEIPT)
    assert said == "It was made with first block cache; this worker used fewer steps."
