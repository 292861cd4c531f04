"""The names of phases and model slots."""

from enum import StrEnum


class PhaseStep(StrEnum):
    """The seven phases, by the names of seed 003."""

    CONCEPT = "concept_analysis"
    CHARACTERS = "character_design"
    STORY = "story_structure"
    NAME = "name_generation"
    IMAGES = "scene_imagery"
    DIALOGUE = "dialogue_layout"
    FINAL = "final_composition"


class ModelName(StrEnum):
    """The models of the pipeline."""

    WRITER = "writer"
    ARTIST = "artist"
    LETTERER = "letterer"
    DIFFUSER = "diffuser"
    FRAMEPACK = "framepack"
    INPAINTER = "inpainter"
    GEMINI = "gemini"
    GEMINI_IMAGE = "gemini_image"
    IMAGEN = "imagen"


GEMINI = "gemini"
# who can write, by the names of requests, best first
WRITERS = {GEMINI: ModelName.GEMINI, "draft": ModelName.WRITER}
