"""The settings of pictures."""

from typing import Annotated

from msgspec import Struct

from recirc.settings.description import described


class MediaSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Pictures of articles."""

    fetch: Annotated[
        bool,
        described(
            "Fetch the pictures that articles name. Off: only uploaded ones are shown, unless media.hotlink is on."
        ),
    ] = True
    hotlink: Annotated[
        bool,
        described(
            "On pages of the portal show pictures that have no files here from their own addresses (https alone). "
            "Readers' browsers then ask the servers of others, which see who reads what."
        ),
    ] = False
    folder: Annotated[
        str,
        described(
            "Folder for the files of pictures, or s3://BUCKET/FOLDER. Default: beside the store's file, with .media at "
            "its end."
        ),
    ] = ""
    most_bytes: Annotated[
        int, described("Largest picture that is fetched or uploaded, in bytes.", ge=1000)
    ] = 30_000_000
    most_megapixels: Annotated[
        float, described("Largest picture that is decoded, in millions of pixels.", gt=0, le=500)
    ] = 100.0
    teasers: Annotated[
        bool, described("Show pictures beside the teasers of front, section, topic and author pages.")
    ] = True
