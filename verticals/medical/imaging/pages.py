"""Pages of images: the studies, a case with its reports, the viewer, and what it draws."""

import math
from hashlib import sha256

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collegium.sdk.asker import Asker
from collegium.sdk.derived import derived_file
from collegium.sdk.errors import Invalid, NotFound
from verticals.medical.features.pages import feature_shown
from verticals.medical.features.switch import IMAGING, feature_open
from verticals.medical.imaging.profile import OPTION_CODES
from verticals.medical.imaging.release import (
    REASON_CHARS,
    image_hold,
    image_release,
    masks_read,
    release_get,
    released_of_study,
)
from verticals.medical.imaging.selectors import (
    instance_get,
    studies_list,
    study_instances,
    study_reports,
    visible_instances,
)
from verticals.medical.imaging.sharing import study_export

RENDERER = "verticals.medical.imaging.render.frame_render"
GREY_LEVELS, WIDTH_MIN = 256, 1e-9
# Name of the key, centre, width: the windows that readers of CT know.
PRESETS = (
    (gettext_lazy("Lung"), -600, 1500),
    (gettext_lazy("Bone"), 400, 1800),
    (gettext_lazy("Soft tissue"), 40, 400),
    (gettext_lazy("Brain"), 40, 80),
)
OPTION_NAMES = {
    "uids": gettext_lazy("Original identifiers of studies and images"),
    "full_dates": gettext_lazy("Dates as they are"),
    "modified_dates": gettext_lazy("Dates, all moved by the same number of days"),
    "patient_characteristics": gettext_lazy("Sex, age, size and weight"),
    "device_identity": gettext_lazy("Identity of the device"),
    "institution": gettext_lazy("Name of the institution"),
    "safe_private": gettext_lazy("Private elements known to be safe"),
    "descriptors": gettext_lazy("Descriptions, with names and numbers in them replaced"),
}
HELD_BACK = {
    "burned_in": gettext_lazy("text is burned into the pixels"),
    "burned_in_unknown": gettext_lazy("it is not stated that no text is burned into the pixels"),
    "risky_kind": gettext_lazy("images of this kind carry text as a rule"),
    "screenshot": gettext_lazy("it is a copy of a screen"),
    "recognisable": gettext_lazy("a person can be recognised"),
    "document": gettext_lazy("it is a document"),
}


def images(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The studies, and the switch of image handling."""
    feature = feature_shown(asker, IMAGING)
    context = {"section": "medical", "feature": feature, "studies": studies_list(asker) if feature.on else []}
    return render(request, "medical/images.html", context)


def case(request: HttpRequest, asker: Asker, study: str) -> HttpResponse:
    """A study: its images and what was written about it. POST gives it out de-identified."""
    feature_open(asker, IMAGING)
    instances = study_instances(asker, study)
    if request.method == "POST":
        return _export(request, asker, study, request.POST.get("version", ""))
    released = released_of_study(instances)
    for one in instances:
        one.held_back_name = "" if one.pk in released else HELD_BACK.get(one.held_back, "")
        one.released = one.pk in released
    accession = next((one.accession_number for one in instances if one.accession_number), "")
    context = {
        "section": "medical",
        "study": study,
        "accession": accession,
        "instances": instances,
        "documents": list({one.version_id: one.version.document for one in instances}.values()),
        "versions": list({one.version_id: one.version for one in instances}.values()),
        "reports": study_reports(asker, instances),
        "may_export": asker.may("upload"),
        "options": OPTION_NAMES.items(),
    }
    return render(request, "medical/case.html", context)


def _export(request: HttpRequest, asker: Asker, study: str, version: str) -> HttpResponse:
    content = study_export(
        asker=asker,
        study=study,
        version=version,
        project=request.POST.get("project", "").replace("\x00", ""),
        keep=[name for name in request.POST.getlist("keep") if name in OPTION_CODES],
    )
    reply = HttpResponse(content, content_type="application/zip")
    reply["Content-Disposition"] = 'attachment; filename="images-deidentified.zip"'
    return reply


def review(request: HttpRequest, asker: Asker, pk: int) -> HttpResponse:
    """Let a held-back image go (`do=release`, with masks), or take that back (`do=hold`)."""
    feature_open(asker, IMAGING)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("do") == "hold":
            image_hold(asker=asker, pk=pk, reason=reason)
            messages.success(request, _("The image is held back again."))
        else:
            masks = masks_read(request.POST.get("masks", ""))
            image_release(asker=asker, pk=pk, reason=reason, masks=masks)
            messages.success(request, _("The image may leave, as decided."))
    except Invalid as problem:
        messages.error(request, problem.detail)
    return redirect("vertical-medical-image", pk)


def viewer(request: HttpRequest, asker: Asker, pk: int) -> HttpResponse:
    """One image; `?frame=` counts from 1."""
    feature_open(asker, IMAGING)
    one = instance_get(asker, pk)
    if not one.frames:
        raise NotFound(_("This part of the study is no image."))
    series = visible_instances(asker).filter(study_uid=one.study_uid, series_uid=one.series_uid, frames__gt=0)
    order = list(series.order_by("number", "ordinal").values_list("pk", flat=True))
    at = order.index(one.pk)
    context = {
        "section": "medical",
        "one": one,
        "before": order[at - 1] if at else None,
        "after": order[at + 1] if at + 1 < len(order) else None,
        "place": at + 1,
        "count": len(order),
        "presets": PRESETS if one.modality == "CT" and one.centre is not None else (),
        "frame_url": reverse("vertical-medical-image-frame", args=[one.pk, 1])[: -len("1.png")],
        "spacing": one.spacing if len(one.spacing) == 2 else None,
        "held_back": HELD_BACK.get(one.held_back, ""),
        "release": release_get(one),
        "may_review": asker.may("manage") and one.held_back,
        "reason_chars": REASON_CHARS,
    }
    return render(request, "medical/viewer.html", context)


def frame(request: HttpRequest, asker: Asker, pk: int, number: int) -> HttpResponse:
    """A frame as PNG: `c` and `w` are a window's centre and width, `inverse=1` exchanges black and white."""
    feature_open(asker, IMAGING)
    one = instance_get(asker, pk)
    if not 1 <= number <= one.frames:
        raise NotFound(_("There is no such image."))
    options: dict[str, object] = {"position": one.position, "member": one.member, "frame": number}
    member = sha256(one.member.encode()).hexdigest()[:16]
    name = f"dicom-{one.position}-{member}-{number}"
    if "w" in request.GET and one.centre is not None:
        centre, width = _window_rounded(_number(request.GET.get("c", "")), _number(request.GET.get("w", "")))
        options |= {"centre": centre, "width": width}
        name += f"-{centre:g}-{width:g}".replace("+", "")  # of an exponent
    if request.GET.get("inverse") == "1":
        options["inverse"] = True
        name += "-inverse"
    content = derived_file(asker, one.version_id, maker=RENDERER, name=f"{name}.png", options=options)
    reply = HttpResponse(content, content_type="image/png")
    reply["Cache-Control"] = "private, max-age=3600"
    return reply


def _window_rounded(centre: float, width: float) -> tuple[float, float]:
    """Centre and width to steps of less than a grey level, so that no picture is drawn and kept twice."""
    if width < WIDTH_MIN:
        raise Invalid(_("The width of a window is a number above nought."))
    digits = -math.floor(math.log10(width / GREY_LEVELS))
    # + 0.0: no window at minus nought beside that at nought
    return _short(round(centre, digits) + 0.0), _short(round(width, digits))


def _short(number: float) -> float:
    """The number as its name in the cache has it."""
    return float(f"{number:.6g}")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or abs(number) > 1e9:
        raise Invalid(_("Centre and width of a window are numbers."))
    return number
