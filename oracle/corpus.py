"""A small multilingual corpus, our own sentences, to train a test vocabulary on."""

import itertools

CLASSES = (
    "airport beach bridge commercial area desert farmland football field forest industrial area "
    "meadow mountain park parking lot pond port railway station residential area river viaduct "
    "harbour runway orchard glacier wetland reservoir stadium quarry vineyard lagoon delta"
).split()
PLACES = "Zürich São Paulo Kraków München Reykjavík Çanakkale Đà Nẵng Łódź Malmö Besançon İstanbul Athens".split()
TEMPLATES = (
    "a remote sensing image of {c}",
    "a satellite photo of a {c} near {p}",
    "an aerial view of the {c} with many small houses beside it",
    "there are several planes parked next to the terminal of {p}",
    "a long river winds through green {c} towards {p}",
    "the {c} lies between two roads and a row of trees",
    "some cars are on the bridge over the {c}",
    "a large storage tank is near the {c} in {p}",
)
OTHER_SCRIPTS = (
    "卫星图像显示河流和农田", "机场跑道旁边有许多飞机", "一张城市住宅区的遥感图像", "港口里停着几艘船",
    "衛星画像に川と森が写っている", "空港の滑走路と駐車場", "위성 사진에 강과 다리가 보인다", "공항 옆의 주차장",
    "спутниковый снимок реки и леса", "аэропорт рядом с большим городом", "мост через широкую реку",
    "δορυφορική εικόνα του λιμανιού", "ο ποταμός περνά από την πόλη", "صورة فضائية لنهر ومطار", "الميناء قرب المدينة",
    "תמונת לוויין של נמל", "नदी और पुल की उपग्रह तस्वीर", "ภาพถ่ายดาวเทียมของแม่น้ำ",
    "die Brücke über den Fluss südlich der Straße", "l'aéroport à côté d'une forêt très étendue",
    "una imagen satelital del río y la montaña", "uma ponte sobre o rio e a estação",
)


def sentences():
    """Yields every training sentence, in a fixed order."""
    for template, (c, p) in itertools.product(TEMPLATES, itertools.product(CLASSES, PLACES)):
        yield template.format(c=c, p=p)
    for sentence in OTHER_SCRIPTS:
        for _ in range(40):
            yield sentence
    for number in range(400):
        yield f"tile {number} of scene {number * 37 % 1000} at {number % 60} degrees"
