"""Who gets in where: the expected answer of every address of the site to everybody, written down once.

A row is "METHOD route"; rows of the same answers are a class. `tests/test_access.py` asks, and fails for an address
without a row. A new row joins the class whose letters its test prints. A new class says what it is in its name.
"""

from tests.support.access_bodies import BODIES, QUERIES

__all__ = ["ACTORS", "BODIES", "QUERIES"]

# Who asks, in the order of the letters. All rows asked for are those of "owner", and private. "link" has the address of
# a share link; keys have one scope each: the first three are the owner's, then the moderator's, the administrator's.
ACTORS = (
    *("anonymous", "link", "owner", "member", "trusted", "moderator", "suspended", "administrator"),
    *("key:generate", "key:read", "key:write", "key:moderate", "key:admin"),
)

# Y: in (a page, a redirect, a value that is refused). L: to the page for logging in. U: 401. F: 403. N: 404.
# The letters stand for: anonymous link owner member trusted moderator suspended administrator, then the keys
CLASSES = {
    "everybody": "YYYYYYYYYYYYY",
    "nobody": "NNNNNNNNNNNNN",
    "a signed address only": "FFFFFFFFFFFFF",
    "people who are logged in": "LLYYYYLYLLLLL",
    "page of the owner": "LLYNNNLNLLLLL",
    "page of what is not there": "LLNNNNLNLLLLL",
    "profile without public images": "NNYNNNNNNNNNN",
    "page of an image": "LLYNNYLYLLLLL",
    "file of an image": "LLYNNYLYFYFFF",
    "file that is not there": "LLNNNNLNFNFFF",
    "page of moderators": "LLFFFYLYLLLLL",
    "page of administrators": "LLFFFFLYLLLLL",
    "page of moderators, nothing there": "LLFFFNLNLLLLL",
    "row of administrators": "LLNNNNLYLLLLL",
    "leads to the login page": "LLLLLLLLLLLLL",
    "failed sign-in": "UUUUUUUUUUUUU",
    "ends a session of the owner": "LLLNNNLNLLLLL",
    "metrics for staff": "UUUUUYUYUUUUU",
    "any key": "UUYYYYUYYYYYY",
    "read": "UUYYYYUYFYFFF",
    "generate": "UUYYYYUYYFFFF",
    "write": "UUYYYYUYFFYFF",
    "moderate": "UUFFFYUYFFFYF",
    "admin": "UUYYYYUYFFFFY",
    "admin, of administrators": "UUFFFFUYFFFFY",
    "read, of the owner": "UUYNNNUNFYFFF",
    "generate, of the owner": "UUYNNNUNYFFFF",
    "write, of the owner": "UUYNNNUNFFYFF",
    "admin, of the owner": "UUYNNNUNFFFFN",
    "read, what moderators see": "UUYNNYUYFYFFF",
    "write, what moderators see": "UUYNNYUYFFYFF",
    "read, nothing there": "UUNNNNUNFNFFF",
    "write, nothing there": "UUNNNNUNFFNFF",
    "nothing of the kind": "UUNNNNUNNNNNN",
    "generate, by key alone": "UUUUUUUUYFFFF",
    "any key, by key alone": "UUUUUUUUYYYYY",
    "administrators": "LLLLLFLYLLLLL",
    "staff with the permission": "LLLLLYLYLLLLL",
    "administrators, nothing there": "LLLLLFLNLLLLL",
    "nobody's page": "LLLLLFLFLLLLL",
    "staff, nothing there": "LLLLLNLNLLLLL",
    "admin, nothing there": "UUFFFFUNFFFFN",
    "admin, of moderators": "UUFFFYUYFFFFY",
    "moderate, nothing there": "UUFFFNUNFFFNF",
}

PAGES = {
    "everybody": r"""
        GET+POST:s/<str:token>/ GET+POST:s/<str:token>/images/<uuid:image_id>/
        GET:s/<str:token>/images/<uuid:image_id>/file GET:s/<str:token>/images/<uuid:image_id>/thumbnail GET:explore/
        GET:explore/collections/ POST:settings/language/ GET+POST:accounts/password/reset/ GET+POST:accounts/signup/
        GET:join/<str:token>/ GET+POST:accounts/login/ GET+POST:accounts/logout/ GET:accounts/inactive/
        GET:accounts/confirm-email/ GET:accounts/^confirm-email/(?P<key>[-:\w]+)/$
        GET:accounts/password/reset/key/done/
        GET+POST:accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$ GET:accounts/password/reset/done/
        GET+POST:api/v1/openapi.json GET+POST:api/v1/docs GET:api/v1/ GET:manifest.webmanifest GET:sw.js GET:offline/
        GET:healthz GET:readyz GET:accounts/3rdparty/login/cancelled/ GET+POST:accounts/social/login/cancelled/
        GET+POST:accounts/social/login/error/ GET+POST:accounts/social/signup/ GET+POST:accounts/social/connections/
    """,
    "nobody": r"""
        GET+POST:notices/unsubscribe/<str:token>/ GET+POST:suspended/<str:token>/
        GET:terms/ POST:accounts/^confirm-email/(?P<key>[-:\w]+)/$ GET:logo/<str:digest>/<int:side>.png
        GET+POST:accounts/oidc/<str:provider_id>/login/ GET+POST:accounts/oidc/^(?P<provider_id>[^/]+)/login/
        GET+POST:accounts/oidc/^(?P<provider_id>[^/]+)/login/callback/
    """,
    "people who are logged in": r"""
        GET:(root) GET:images/edit/ GET:checkpoints/<slug:slug>/words/ POST:shared/image/ GET:settings/usage/
        GET+POST:settings/webhooks/ GET:library/ GET:uploads/ GET:trash/ GET+POST:images/zip/ GET:compare/
        GET+POST:collections/ GET:settings/data/ GET:settings/data/export/ POST:settings/data/delete/ GET:notices/
        GET+POST:settings/notices/ GET:settings/ GET:settings/shortcuts/ GET+POST:settings/keys/ GET:settings/sessions/
        GET+POST:terms/accept/ GET:settings/second-factor/ GET+POST:accounts/reauthenticate/ GET+POST:accounts/email/
        GET+POST:accounts/password/change/ GET+POST:accounts/password/set/ GET+POST:accounts/login/code/confirm/
        GET:accounts/2fa/ GET+POST:accounts/2fa/authenticate/ GET+POST:accounts/2fa/reauthenticate/
        GET+POST:accounts/2fa/totp/activate/ GET+POST:accounts/2fa/recovery-codes/generate/ GET:accounts/2fa/webauthn/
        GET+POST:accounts/2fa/webauthn/add/ GET+POST:accounts/2fa/webauthn/reauthenticate/
        GET+POST:accounts/2fa/webauthn/keys/<int:pk>/remove/ GET+POST:accounts/2fa/webauthn/keys/<int:pk>/edit/
        GET+POST:accounts/2fa/webauthn/login/ GET:decisions/ GET+POST:accounts/3rdparty/
    """,
    "page of the owner": r"""
        GET:images/<uuid:pk>/edit/ GET+POST:settings/webhooks/<uuid:pk>/ POST:settings/webhooks/<uuid:pk>/secret/
        POST:settings/webhooks/<uuid:pk>/test/ GET+POST:settings/webhooks/<uuid:pk>/delete/
        POST:settings/webhooks/<uuid:pk>/deliveries/<uuid:delivery>/redeliver/ GET:uploads/<uuid:pk>/
        GET:uploads/<uuid:pk>/panel/ GET+POST:images/<uuid:pk>/delete/ POST:images/<uuid:pk>/tags/
        POST:images/<uuid:pk>/collections/ GET+POST:collections/<uuid:pk>/ GET+POST:collections/<uuid:pk>/delete/
        GET+POST:settings/keys/<int:pk>/revoke/
    """,
    "page of what is not there": r"""
        POST:settings/notices/devices/<int:pk>/remove/
        POST:notices/read/ GET:notices/<int:pk>/ GET+POST:accounts/2fa/totp/deactivate/
        GET:accounts/2fa/recovery-codes/ GET+POST:accounts/2fa/recovery-codes/download/ POST:decisions/<int:pk>/appeal/
    """,
    "profile without public images": r"""
        GET:people/<str:username>/
    """,
    "page of an image": r"""
        GET:images/<uuid:pk>/ GET:images/<uuid:pk>/panel/
    """,
    "file of an image": r"""
        GET:images/<uuid:pk>/file GET:images/<uuid:pk>/thumbnail
    """,
    "file that is not there": r"""
        GET:checkpoints/<slug:slug>/picture/ GET:images/<uuid:pk>/steps/<int:step>
    """,
    "page of moderators": r"""
        GET:moderation/ GET:moderation/decided/ GET:moderation/appeals/ POST:moderation/appeals/<int:pk>/
        GET:moderation/hits/ POST:moderation/hits/close/
    """,
    "page of administrators": r"""
        GET+POST:settings/invitations/
    """,
    "page of moderators, nothing there": r"""
        GET:moderation/images/<uuid:pk>/panel/ POST:moderation/decided/<int:pk>/undo/
    """,
    "row of administrators": r"""
        GET+POST:settings/invitations/<int:pk>/revoke/
    """,
    "leads to the login page": r"""
        POST:settings/sessions/end/ GET+POST:accounts/3rdparty/signup/
    """,
    "failed sign-in": r"""
        GET:accounts/3rdparty/login/error/
    """,
    "ends a session of the owner": r"""
        POST:settings/sessions/<int:pk>/end/
    """,
    "metrics for staff": r"""
        GET:metrics
    """,
}

OPERATIONS = {
    "everybody": r"""
        GET:/site
    """,
    "any key": r"""
        GET:/prompt/tokens GET:/prompt/inspire GET:/catalog GET:/checkpoints GET:/checkpoints/{slug} GET:/samplers
        POST:/images/bulk/undo POST:/notices/read GET:/me
    """,
    "read": r"""
        GET:/notices/push/key GET:/notices/push/devices
        GET:/jobs GET:/queue GET:/styles GET:/presets GET:/wildcards GET:/studio/state GET:/webhooks
        GET:/prompt/history GET:/adapters POST:/settings-of GET:/images/tiles GET:/images/timeline GET:/images/count
        GET:/images/facets GET:/tags GET:/images GET:/searches GET:/trash GET:/collections GET:/share-links
        GET:/explore GET:/uploads GET:/notices GET:/notices/count GET:/notices/choices GET:/me/preferences
        GET:/decisions
    """,
    "generate": r"""
        POST:/jobs/cancel POST:/jobs POST:/uploads POST:/prompt/enhance
    """,
    "write": r"""
        POST:/notices/push/devices
        POST:/styles POST:/presets PUT:/studio/state POST:/webhooks POST:/images/bulk POST:/images/import
        POST:/searches DELETE:/trash POST:/collections PATCH:/notices/choices PATCH:/me/preferences
    """,
    "moderate": r"""
        GET:/moderation/images POST:/moderation/images/bulk POST:/moderation/images/{image_id}/release
        POST:/moderation/images/{image_id}/hold DELETE:/moderation/images/{image_id} POST:/moderation/decisions/undo
        GET:/moderation/appeals
    """,
    "admin": r"""
        GET+POST:/keys DELETE+GET:/sessions
    """,
    "admin, of administrators": r"""
        GET:/admin/audit GET:/admin/audit/export
        PATCH:/queue GET:/admin/jobs GET:/admin/jobs/{job_id} POST:/admin/jobs/{job_id}/cancel
        POST:/admin/jobs/{job_id}/retry GET+PATCH:/admin/queue GET:/admin/workers GET+PATCH:/admin/settings
        DELETE+PUT:/admin/settings/logo
        GET+POST:/admin/roles DELETE+GET+PATCH:/admin/roles/{role_id} GET+POST:/admin/invitations
        DELETE:/admin/invitations/{invitation_id} GET:/admin/requests PUT:/admin/roles/everybody-else
        PATCH:/admin/people/{user_id} GET+POST:/admin/rules POST:/admin/rules/test GET:/admin/rule-hits
        POST:/admin/rule-hits/close
    """,
    "read, of the owner": r"""
        GET:/jobs/{job_id} GET:/jobs/{job_id}/events GET:/webhooks/{webhook_id} GET:/webhooks/{webhook_id}/deliveries
        GET:/jobs/{job_id}/sheet GET:/images/ids POST:/images/zip GET:/collections/{collection_id}
        GET:/collections/{collection_id}/images GET:/collections/{collection_id}/members
    """,
    "generate, of the owner": r"""
        POST:/jobs/{job_id}/cancel POST:/jobs/{job_id}/images/{index}/cancel POST:/jobs/{job_id}/retry
        POST:/queue/order POST:/jobs/{job_id}/front POST:/images/{image_id}/verify
        POST:/images/{image_id}/exact
    """,
    "write, of the owner": r"""
        DELETE+PATCH:/styles/{style_id} DELETE+PATCH:/presets/{preset_id} DELETE+PATCH:/webhooks/{webhook_id}
        POST:/webhooks/{webhook_id}/secret POST:/webhooks/{webhook_id}/test
        POST:/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver PUT:/images/{image_id}/tags POST:/images/tag
        DELETE+PATCH:/images/{image_id} DELETE:/jobs/{job_id}/images DELETE+PATCH:/searches/{search_id}
        DELETE+PATCH:/collections/{collection_id} POST:/collections/{collection_id}/images
        DELETE:/collections/{collection_id}/images/{image_id} PUT:/collections/{collection_id}/order
        DELETE+PUT:/collections/{collection_id}/members/{username} POST:/images/{image_id}/links
        POST:/collections/{collection_id}/links DELETE:/share-links/{link_id} DELETE:/uploads/{upload_id}
    """,
    "admin, of the owner": r"""
        DELETE+GET+PATCH:/keys/{key_id} DELETE:/sessions/{session_id}
    """,
    "read, what moderators see": r"""
        GET:/images/{image_id} GET:/images/{image_id}/lineage GET:/images/{image_id}/file
        GET:/images/{image_id}/thumbnail GET:/images/{image_id}/steps GET:/uploads/{upload_id}
        GET:/uploads/{upload_id}/file GET:/uploads/{upload_id}/thumbnail
    """,
    "write, what moderators see": r"""
        DELETE+PUT:/images/{image_id}/like POST:/images/{image_id}/report
    """,
    "read, nothing there": r"""
        GET:/images/{image_id}/verify GET:/images/{image_id}/steps/{step}
    """,
    "write, nothing there": r"""
        DELETE:/notices/push/devices/{device_id}
        POST:/notices/{notice_id}/read POST:/appeals
    """,
    "admin, nothing there": r"""
        PATCH:/admin/workers/{name} POST:/admin/workers/{name}/unload POST:/admin/requests/{request_id}
        DELETE+GET+PUT:/admin/rules/{number} GET:/admin/rules/{number}/versions
    """,
    "admin, of moderators": r"""
        GET:/admin/decisions GET:/admin/decisions/export GET:/admin/people GET:/admin/people/{user_id}
        DELETE+PUT:/admin/people/{user_id}/suspension
    """,
    "moderate, nothing there": r"""
        POST:/moderation/appeals/{number}
    """,
}

DIALECT_ROUTES = {
    "nobody": r"""
        GET+POST:v1/<path:rest>
    """,
    "a signed address only": r"""
        GET:v1/images/files/<uuid:pk>
    """,
    "any key": r"""
        GET:v1/models GET:v1/models/<path:name> POST:sdapi/v1/png-info POST:sdapi/v1/interrogate GET:sdapi/v1/options
        GET:sdapi/v1/sd-models GET:sdapi/v1/samplers GET:sdapi/v1/schedulers GET:sdapi/v1/upscalers
        GET:sdapi/v1/latent-upscale-modes GET:sdapi/v1/sd-vae GET:sdapi/v1/loras GET:sdapi/v1/embeddings
        GET:sdapi/v1/prompt-styles GET:sdapi/v1/memory GET:sdapi/v1/hypernetworks GET:sdapi/v1/face-restorers
        GET:sdapi/v1/realesrgan-models GET:sdapi/v1/scripts GET:sdapi/v1/script-info GET:sdapi/v1/extensions
        GET:sdapi/v1/cmd-flags POST:sdapi/v1/refresh-checkpoints POST:sdapi/v1/refresh-vae POST:sdapi/v1/refresh-loras
        POST:sdapi/v1/refresh-embeddings POST:sdapi/v1/unload-checkpoint POST:sdapi/v1/reload-checkpoint
        GET:object_info GET:object_info/<str:node> GET:models GET:models/<str:folder> GET:embeddings GET:features
        GET:system_stats GET:api/object_info GET:api/object_info/<str:node> GET:api/models GET:api/models/<str:folder>
        GET:api/embeddings GET:api/features GET:api/system_stats
    """,
    "read": r"""
        GET:sdapi/v1/progress POST:internal/progress GET:internal/pending-tasks GET:prompt GET:queue GET:history
        GET:history/<str:prompt_id> GET:view GET:api/prompt GET:api/queue GET:api/history
        GET:api/history/<str:prompt_id> GET:api/view GET:api/jobs GET:recent
    """,
    "generate": r"""
        POST:v1/images/generations POST:v1/images/edits POST:v1/images/variations POST:sdapi/v1/txt2img
        POST:sdapi/v1/img2img POST:sdapi/v1/extra-single-image POST:sdapi/v1/extra-batch-images POST:sdapi/v1/interrupt
        POST:sdapi/v1/skip POST:sdapi/v1/options POST:prompt POST:queue POST:upload/image POST:interrupt POST:free
        POST:api/prompt POST:api/queue POST:api/upload/image POST:api/interrupt POST:api/free POST:generate
        POST:img2img
    """,
    "write": r"""
        POST:history POST:api/history
    """,
    "read, of the owner": r"""
        GET:status/<str:job_id>
    """,
    "read, nothing there": r"""
        GET:api/jobs/<str:prompt_id>
    """,
    "nothing of the kind": r"""
        GET+POST:sdapi/v1/<path:rest>
    """,
    "generate, by key alone": r"""
        GET:generate
    """,
    "any key, by key alone": r"""
        POST:mcp
    """,
}

SOCKETS = {
    "read": "WS:ws/events/ WS:ws WS:api/ws",
    "any key": "WS:ws/generate/ WS:images/generate-ws",  # each command then needs its own scope
}

# Pages of each model in the administration, as letters of ADMIN_CLASSES in the order of MODEL_PAGES.
ADMIN_CLASSES = {"a": "administrators", "m": "staff with the permission", "-": "nobody's page"}
MODEL_PAGES = {
    "list": "", "add": "add/", "change": "<path:object_id>/change/", "delete": "<path:object_id>/delete/",
    "history": "<path:object_id>/history/", "old": "<path:object_id>/",
}  # fmt: skip
MODELS = """
account/emailaddress          a a a a m m
accounts/apikey               a - a - a m
accounts/auditevent           a - a - a m
accounts/identityprovider     a a a a m m
accounts/invitation           a a a - a m
accounts/role                 a - a - a m
accounts/signuprequest        a - a - m m
accounts/signupsettings       m - a - m m
accounts/sitesettings         m - a - m m
accounts/termsacceptance      a - a - m m
accounts/termsversion         a a a - m m
accounts/user                 m a m a m m
accounts/usersession          a - a - a m
auth/group                    a a a a a m
gallery/collection            a - a a a m
gallery/image                 m - m m m m
gallery/imagetag              a - a a m m
gallery/report                m - m - m m
gallery/rule                  a a a a m m
gallery/rulehit               a - a - m m
gallery/sharelink             m - m - m m
gallery/upload                m - m a m m
generation/adapter            a a a a m m
generation/checkpoint         a a a a a m
generation/checkpointdownload a a a a m m
generation/clientoptions      a - a a m m
generation/job                a - a - a m
generation/measuredspeed      a - a - m m
generation/preset             a a a a a m
generation/promptenhancer     a a a a m m
generation/queuestate         m - a - m m
generation/rolelimits         a a a a m m
generation/share              a a a - a m
generation/style              a a a a a m
generation/webhook            a - a - a m
generation/webhookdelivery    a - a - a m
generation/wildcard           a a a a m m
mfa/authenticator             a - a a m m
socialaccount/socialaccount   a - a a m m
"""
ADMIN = {
    "everybody": r"""
        POST:admin/logout/
    """,
    "page of moderators": r"""
        GET:admin/login/
    """,
    "administrators": r"""
        GET+POST:admin/accounts/invitation/<path:object_id>/revoke_this/
        GET+POST:admin/accounts/apikey/<path:object_id>/revoke_this/ GET:admin/accounts/user/<id>/password/
        GET:admin/accounts/user/<path:object_id>/hand-over/ GET:admin/generation/adapter/scan/
        GET:admin/generation/checkpoint/folders/ GET:admin/generation/checkpoint/scan/
        GET:admin/generation/checkpoint/upload/
        GET:admin/generation/checkpoint/download/ GET:admin/generation/checkpoint/<path:object_id>/make_this_default/
        GET:admin/generation/checkpoint/<path:object_id>/choose_parts/
        GET+POST:admin/generation/job/<path:object_id>/cancel_this/
        GET+POST:admin/generation/job/<path:object_id>/retry_this/ POST:admin/generation/queuestate/switch/
        POST:admin/generation/queuestate/worker/ GET:admin/gallery/rule/<path:object_id>/try-it/
    """,
    "administrators, nothing there": r"""
        GET:admin/gallery/rule/<int:number>/try/
    """,
    "staff with the permission": r"""
        GET:admin/accounts/user/<path:object_id>/suspend/ GET:admin/search/ GET:admin/ GET:admin/password_change/
        GET:admin/password_change/done/ GET:admin/jsi18n/ GET:admin/<str:app_label>/
    """,
    "nobody's page": r"""
        GET:admin/autocomplete/
    """,
    "staff, nothing there": r"""
        GET:admin/r/<path:content_type_id>/<path:object_id>/ GET:admin/(?P<url>.*)$
    """,
}

TABLES = {"pages": PAGES, "admin": ADMIN, "api": OPERATIONS, "dialects": DIALECT_ROUTES, "sockets": SOCKETS}
GROUPS = ("pages", "admin", "api", "dialects")
