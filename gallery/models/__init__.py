"""Models of the gallery: images, uploads, tags, collections and the search index."""

from gallery.models.collection import Collection, CollectionItem
from gallery.models.image import Image
from gallery.models.media_identity import MediaIdentity
from gallery.models.search import ImageWord
from gallery.models.tag import ImageTag
from gallery.models.upload import Upload

__all__ = ["Collection", "CollectionItem", "Image", "ImageTag", "ImageWord", "MediaIdentity", "Upload"]
