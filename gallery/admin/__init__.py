"""Admin pages of the gallery."""

from gallery.admin.collections import CollectionAdmin
from gallery.admin.images import ImageAdmin
from gallery.admin.sharing import ReportAdmin, ShareLinkAdmin
from gallery.admin.tags import TagAdmin
from gallery.admin.uploads import UploadAdmin

__all__ = ["CollectionAdmin", "ImageAdmin", "ReportAdmin", "ShareLinkAdmin", "TagAdmin", "UploadAdmin"]
