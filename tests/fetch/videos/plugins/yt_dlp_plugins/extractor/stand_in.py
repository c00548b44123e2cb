"""A plugin of yt-dlp for pages of the test server: what YouTube's pages say, as JSON."""

from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import ExtractorError


class StandInIE(InfoExtractor):
    _VALID_URL = r"http://127\.0\.0\.1:\d+/watch\?v=(?P<id>[^&/]+)$"

    def _real_extract(self, url):
        video = self._match_id(url)
        page = self._download_json(url, video)
        if page.get("countries"):
            self.raise_geo_restricted("The uploader has not made this video available in your country", ["DE"])
        if page.get("said"):
            raise ExtractorError(page["said"], expected=True)
        return {"id": page.get("id", video), "title": video, **page}
