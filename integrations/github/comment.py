"""The one comment that a pull request has of ours: made, and afterwards updated."""

import json
import urllib.error
import urllib.request

from markdown import MARKER

PAGE = 100
TIMEOUT_SECONDS = 30


class Api:
    def __init__(self, environment):
        self.base = f"{environment.get('GITHUB_API_URL', 'https://api.github.com')}/repos/{environment['GITHUB_REPOSITORY']}"
        self.token = environment["INPUT_TOKEN"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method, data=json.dumps(body).encode() if body else None, headers={
            "Accept": "application/vnd.github+json", "Authorization": f"Bearer {self.token}", "X-GitHub-Api-Version": "2022-11-28",
            "Content-Type": "application/json", "User-Agent": "git-stream"})
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)

    def comments(self, pull_request):
        page, found = 1, [None] * PAGE
        while len(found) == PAGE:
            found = self.call("GET", f"/issues/{pull_request}/comments?per_page={PAGE}&page={page}")
            yield from found
            page += 1


def is_ours(comment):
    """Made by a job's token: anybody else may write a comment that begins with the marker."""
    return comment["user"]["type"] == "Bot" and (comment["body"] or "").startswith(MARKER)


def write(api, pull_request, text, worth_a_comment):
    """What was done: made, updated, or nothing."""
    standing = next(filter(is_ours, api.comments(pull_request)), None)
    if standing:
        if standing["body"].strip() == text.strip():
            return "unchanged"
        api.call("PATCH", f"/issues/comments/{standing['id']}", {"body": text})
        return "updated"
    if not worth_a_comment:
        return "not needed"
    api.call("POST", f"/issues/{pull_request}/comments", {"body": text})
    return "made"


def try_to_write(environment, pull_request, text, worth_a_comment):
    """One line for the log; a comment that cannot be made fails nothing."""
    try:
        return f"comment {write(Api(environment), pull_request, text, worth_a_comment)}"
    except urllib.error.HTTPError as error:
        if error.code in (401, 403, 404):
            return f"no comment: the token may not write here (HTTP {error.code}), as in pull requests from forks"
        return f"no comment: HTTP {error.code}"
    except (OSError, ValueError) as error:
        return f"no comment: {error}"
