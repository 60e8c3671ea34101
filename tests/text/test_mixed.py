"""Brands, technical words and acronyms inside Chinese text, and sentences that are all English."""

from __future__ import annotations

import re

import pytest

from edge_tts.text import analyze
from edge_tts.text.lexicon import DATA, lexicon
from edge_tts.text.pinyin import FINALS, INITIALS, spell
from edge_tts.text.reading import romanized
from edge_tts.text.reading.english import camel, phonemes, spelled

LETTER_BY_LETTER = """
CPU GPU NPU TPU MCU FPGA DSP API SDK IDE GPS VPN DNS TCP UDP IP SSH FTP HTTP HTTPS HTML XML CSS URL USB HDMI VGA SSD HDD
UART GPIO SPI MQTT BLE NFC RFID LTE SIP QR TTS ASR OCR NLP AGI AIGC LLM GPT PPT PDF DVD CD MV PK KTV VIP CEO CFO CTO
COO HR PR KPI OKR ROI GDP CPI IPO ETF ERP CRM KOL DIY VR AR MR XR UI UX PS CT MRI DNA RNA ICU ECG AED BMI NBA CBA UFO
IQ EQ SOS LED LCD HDR FPS BMW BYD KFC SUV MPV UPS DHL SF AWS IBM SAP MIT AMD RTX MSI ZTE TCL HTC LG HP JBL DJI WTO UN EU
BBC CNN CCTV HBO MTV MBA PUA NPC RPG MVP DDL OMG XXL USD RMB ATM POS UV CBD OEM ODM SKU FAQ PWM ADC RGB PNG SVG SSL TLS
RSA AES ID WPS GRE ISO SAT QQ
""".split()

SOUNDED = """
iPhone   ˈIfˌOn        | iPad    ˈIpˌæd       | iCloud    ˈIklˌWd       | AirPods  ˈɛɹpˌɑdz    | MacBook   mˈækbˌʊk
WiFi     wˈIfˌI        | Wi-Fi   wˈIfˌI       | Bluetooth blˈutˌuθ      | OK       ˌOkˈA       | App       ˈæp
Xbox     ˈɛksbˌɑks     | Leica   lˈIkə        | OPPO      ˈOpO          | CUDA     kˈudə       | ASIC      ˈAsɪk
RAG      ɹˈæɡ          | Nginx   ˈɛnʤɪnˌɛks   | YOLO      jˈOlO         | NASA     nˈæsə       | SaaS      sˈæs
MATLAB   mˈætlˌæb      | arXiv   ˈɑɹkˌIv      | eSIM      ˈisˌɪm        | GIF      ɡˈɪf        | JPEG      ʤˈApˌɛɡ
Nike     nˈIki         | IKEA    Ikˈiə        | Chanel    ʃənˈɛl        | Hyundai  hjˈʌndA     | Renault   ɹənˈO
Temu     tˈimu         | Tmall   tˈimˌɔl      | Ctrip     sˈitɹˌɪp      | Bilibili bˈilibˌili  | NIO       nˈiO
Huawei   hwˈɑwˌA       | HUAWEI  hwˈɑwˌA      | Xiaomi    ʃˈWmi         | Alibaba  ˌælibˈɑbə   | Tencent   tˈɛnsˌɛnt
Zhang    ʤˈɑŋ          | Guo     ɡwˈO         | Xie       ʃˈɛ           | Xi'an    ʃˌiˈɑn      | Beijing   bˌAʤˈɪŋ
Xiaoming ʃˌWmˈɪŋ       | Zhihu   ʤˌɜɹhˈu      | Meituan   mˌAtwˈɑn      | Kuaishou kwˌIʃˈO     | Hongqi    hˌʊŋʧˈi
Feishu   fˌAʃˈu        | Xunlei  ʃˌunlˈA      | Cainiao   tsˌInjˈW      | Yuanbao  jwˌɛnbˈW    | Weixin    wˌAʃˈɪn
Zhongguancun ʤˌʊŋɡwɑntswˈən
"""

MIXED = """
用5G手机打开App看4K视频。              | 用 五 [G] 手机 打开 [App] 看 四 [K] 视频
PM2.5超过75了。                        | [PM] 二点五 超过 七十五 了
我的iPhone 15 Pro Max连上WiFi6了。     | 我 的 [iPhone] 十五 [Pro] [Max] 连 上 [WiFi] 六 了
请用USB-C接口。                        | 请 用 [USB-C] 接口
下载PDF到D盘。                         | 下载 [PDF] 到 [D] 盘
OpenAI发布了GPT-4o。                   | [OpenAI] 发布 了 [GPT] 四 [o]
B2B模式                                | [B] [to] [B] 模式
请发E-mail                             | 请 发 [E-mail]
K歌、X光、U盘、AA制                    | [K] 歌 [X] 光 [U] 盘 [AA] 制
他在NBA打球                            | 他 在 [NBA] 打球
买了件XL的T-shirt                      | 买 了 件 [XL] 的 [T-shirt]
C#语言                                 | [C] [sharp] 语言
C++语言                                | [C] 加加 语言
HarmonyOS和macOS                       | [HarmonyOS] 和 [macOS]
"""

ENGLISH = """
It costs $1,234.56.                | It costs one thousand two hundred thirty four dollars and fifty six cents.
I paid $5 on March 3, 2026.        | I paid five dollars on March third, twenty twenty six.
£20 and €15.50                     | twenty pounds and fifteen euros and fifty cents
$2.5 billion                       | two point five billion dollars
at 3:30 PM on Jan. 5th.            | at three thirty P M on January fifth.
She was born on 1999-12-31.        | She was born on December thirty first nineteen ninety nine.
It's 10:05 a.m. now.               | It's ten oh five A M now.
the 1990s and the 21st century     | the nineteen nineties and the twenty first century
in 1905 and 2000                   | in nineteen oh five and two thousand
-5°C or 23°F                       | minus five degrees Celsius or twenty three degrees Fahrenheit
1.5 million people                 | one point five million people
30% faster, 2/3 done               | thirty percent faster, two thirds done
Please call me at 555-1234.        | Please call me at five five five one two three four.
3.2 GHz and 16GB                   | three point two gigahertz and sixteen gigabytes
read about World War II in Part IV | read about World War two in Part four
Dr. Brown at No. 10.               | Dr Brown at number ten.
AT&T and R&D                       | A T and T and R and D
version 2.0.1                      | version two point zero point one
mail me@site.org                   | mail me at site dot org
It is 5 lbs, i.e. 2.27 kg.         | It is five pounds, that is two point two seven kilograms.
"""


def rows(table: str) -> list[tuple[str, str]]:
    lines = (line.partition(" | ") for line in table.strip().splitlines())
    return [(left.strip(), right.strip()) for left, _, right in lines]


@pytest.mark.parametrize("word", LETTER_BY_LETTER)
def test_an_acronym_is_spelled(word: str) -> None:
    assert phonemes(word, lexicon()) == spelled(word)


@pytest.mark.parametrize(("word", "ipa"), [item.split() for item in re.split(r"[|\n]", SOUNDED) if item.strip()])
def test_a_name_is_said_as_it_is_known(word: str, ipa: str) -> None:
    assert phonemes(word, lexicon()) == ipa


@pytest.mark.parametrize(("text", "expected"), rows(MIXED))
def test_english_stands_in_chinese(text: str, expected: str) -> None:
    words = [word for sentence in analyze(text) for word in sentence.words]
    assert " ".join(word.text if word.language == "zh" else f"[{word.text}]" for word in words) == expected


@pytest.mark.parametrize(("text", "expected"), rows(ENGLISH))
def test_an_english_sentence_is_read_in_english(text: str, expected: str) -> None:
    assert " ".join(sentence.text for sentence in analyze(text)) == expected


def test_our_own_list_has_several_hundred_words_and_each_only_once() -> None:
    lines = (DATA / "english.txt").read_text("utf-8").splitlines()
    words = [line.split()[0] for line in lines if not line.startswith("#")]
    assert len(words) > 350
    assert len(set(words)) == len(words)
    assert all(lexicon().english(word) for word in words)


def test_a_word_in_camel_case_has_its_parts() -> None:
    assert camel("myFunctionName") == ["my", "Function", "Name"]
    assert camel("HTTPServer") == ["HTTP", "Server"]
    assert camel("CPU") == ["CPU"]


@pytest.mark.parametrize("initial", INITIALS)
@pytest.mark.parametrize("final", FINALS)
def test_every_syllable_can_be_part_of_a_name_in_latin_letters(initial: str, final: str) -> None:
    name = spell(initial, final) + "hua"
    assert bool(romanized.phonemes(name)) == bool(romanized.syllables(name))
