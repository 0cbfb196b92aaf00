"""Models of the gallery: images, uploads, tags, collections, lineage, sharing, moderation, rules, search, undoing."""

from gallery.models.collection import Collection, CollectionItem
from gallery.models.derivation import Derivation, DerivationProgress
from gallery.models.hash_band import HashBand, HashProgress
from gallery.models.image import Image
from gallery.models.meaning import ImageVector, MeaningModel, VectorBlock
from gallery.models.media_identity import MediaIdentity
from gallery.models.moderation import Appeal, ModerationAction
from gallery.models.rule import Rule, RuleHit, RuleVersion
from gallery.models.saved_search import SavedSearch
from gallery.models.search import ImageLora, ImageWord, LoraProgress
from gallery.models.sharing import CollectionMember, Like, Report, ShareLink
from gallery.models.tag import ImageTag
from gallery.models.undo import Undo, UndoPart
from gallery.models.upload import Upload

__all__ = [
    "Appeal",
    "Collection",
    "CollectionItem",
    "CollectionMember",
    "Derivation",
    "DerivationProgress",
    "HashBand",
    "HashProgress",
    "Image",
    "ImageLora",
    "ImageTag",
    "ImageVector",
    "ImageWord",
    "Like",
    "LoraProgress",
    "MeaningModel",
    "MediaIdentity",
    "ModerationAction",
    "Report",
    "Rule",
    "RuleHit",
    "RuleVersion",
    "SavedSearch",
    "ShareLink",
    "Undo",
    "UndoPart",
    "Upload",
    "VectorBlock",
]
