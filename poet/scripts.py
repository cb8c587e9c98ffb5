"""The scripts of Chinese: simplified or traditional, and one written form for each character.

Inside poet Chinese is traditional, in the forms of `standard`. Prompts that come in
through OpenCC need `standard` too: OpenCC gives 爲 and 牀 where models know 為 and 床.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from poet.characters import is_han, replace_surrogates

Script = Literal["hans", "hant"]

# Each group is one character: the standard form, then the forms that stand for it in old
# editions and in the Tang and Song corpora. Only pairs without a difference in meaning or
# tone are here; 閒間閑, 并並, 沈沉, 歎嘆, 岳嶽, 弦絃, 凋彫 and the like are left alone.
_OLD = """
為爲 疏疎踈 劍劒劔 猿猨蝯 慚慙 遍徧 旆斾 蕊蘂蕋 睹覩 皋臯 迴廻 回囘 翻飜 髮髪 映暎 妒妬 鄰隣
叫呌 並竝 并幷 峰峯 群羣 眾衆 床牀 裏裡 秘祕 偽僞 啟啓 默黙 唇脣 簷檐 癡痴 皂皁 巖岩嵓 豔艷艶
溪谿 鬥鬭鬬鬪闘 妝粧 杯盃桮 雞鷄 鉤鈎 雁鴈 鳧鳬 棹櫂 驢馿 暖煖 懶嬾 箋牋 庵菴 餅餠 樽罇 飆飈飇飊
鬧閙 歡懽 碗椀盌 鋤鉏耡 箸筯 鳳鳯 峨峩 濕溼 瓶缾 楫檝 階堦 溯泝遡 略畧 焰燄熖 稚穉 牆墻 罵駡
漱潄 犁犂 羹羮 羈覊羇 歲歳嵗 迥逈 炯烱 棋棊碁 佇竚 幕幙 綿緜 線綫 憔顦 婿壻 輒輙 讎讐 榜牓 朵朶
蠹蠧 憩憇 鴉鵶 狸貍 翱翺 鼓皷鼔 叢藂樷 答荅 村邨 胭臙 闊濶 懷懐 鶯鸎鴬 廁厠 效効 場塲 關闗関
獎奬 帚箒 寧寜寕 解觧 算筭 餐飡湌 窗窻牕窓牎 澀澁 衛衞 冤寃 砧碪 軟輭 裙帬 蛇虵 鞋鞵 鐵鐡鉄銕
陀陁 遊逰 趁趂 敕勅勑 楠柟枏 館舘 浙淛 釜釡 籤籖 歷歴 芻蒭 駝駞 褒襃 鬢髩鬂 覓覔 往徃 劫刼刦
剋尅 銳鋭 涅湼 冰氷 燕鷰 靴鞾 衽袵 敘叙敍 霸覇 鎖鎻鏁 貌貎皃 蜂蠭 誤悮 腸膓 視眎眡 濱濵 昂昻
穎頴 腮顋 聯聨聫 襪韈韤 淚泪涙 臘臈 畝畆畮 寫冩 胸胷 藤籐 煮煑 潸澘 船舩 簪簮 磚甎 憑凭凴 廉亷
鵝鵞 蛙鼃 澗磵 倏倐 高髙 跡迹蹟 粗麤麄麁 卻却 著着 掛挂 步歩 面靣 從従 總摠惣揔総 舉擧 蘇蘓 節莭
嫩嫰 於扵 策筞 絕絶 蟹蠏 考攷 博愽 恪愙 垂埀 第苐 德徳 青靑 清淸 賓賔 恍怳 昏昬
"""
# Forms of today's simplified or Japanese script that slipped into traditional editions and
# stand for one traditional character only (so not 云 雲, 后 後, 余 餘, 里 裏, 游 遊).
_NEW = """
黃黄 煙烟 涼凉 臥卧 帶带 遙遥 強强 況况 攜携 腳脚 搖摇 淒凄 瑤瑶 袞衮 來来 別别 橫横 決决 虛虚虗
宮宫 蔥葱 筍笋 潛潜 虯虬 廚厨 靜静 茲兹 韻韵 將将 脫脱 爭争 恥耻 溫温 戶户 羨羡 脈脉 隨随 恆恒
凜凛 沒没 侶侣 祿禄 蓋盖葢 壯壮 拋抛 淨净 吳吴 禿秃 盜盗 崢峥 毀毁 娛娱 減减 彥彦 蹤踪 悅悦 剝剥
裝装 奧奥 參参叅 樓楼 喚唤 魚鱼 數数 疊叠疉 隱隐 稅税 寢寝 峽峡 慘惨 棄弃 禪禅 異异 彈弹 換换
愛爱 憐怜 兩两 體体軆 蕭萧 義义 頹頽頺 顏顔 綠緑 錄録 礙碍 荊荆 廈厦 蘊藴 醞醖 詠咏 晉晋 個个
稟禀 戲戯戱 墮堕 瘡疮 緩缓
"""
# Forms of today's Japanese script that no Chinese script has. The corpora that models were trained
# with have some of them and keep them, so these are replaced in what users bring alone.
_JAPANESE = """
兩両 乘乗 龜亀 亞亜 佛仏 假仮 傳伝 價価 儉倹 兒児 圓円 處処 劍剣 劑剤 剩剰 勞労 勸勧 單単 嚴厳
收収 啞唖 營営 嚙噛 團団 圍囲 圖図 圈圏 壓圧 壘塁 鹽塩 增増 壞壊 壤壌 壹壱 賣売 變変 獎奨 孃嬢
實実 寬寛 對対 專専 堯尭 巖巌 巢巣 卷巻 帶帯 歸帰 廣広 廢廃 貳弐 彈弾 徵徴 應応 惠恵 惱悩 惡悪
戰戦 戾戻 拂払 拔抜 擇択 拜拝 據拠 擴拡 舉挙 插挿 搜捜 揭掲 搔掻 搖揺 攝摂 擊撃 攪撹 齊斉 齋斎
晚晩 曉暁 曆暦 榮栄 櫻桜 枡桝 棧桟 檢検 樂楽 樣様 槇槙 權権 歡歓 齒歯 殼殻 每毎 氣気 澤沢 淨浄
渴渇 濟済 涉渉 澀渋 溪渓 滿満 瀧滝 瀨瀬 燒焼 犧犠 獵猟 獸獣 疊畳 瘦痩 發発 縣県 碎砕 稻稲 穗穂
穩穏 穰穣 龍竜 粹粋 肅粛 經経 繪絵 繼継 續続 緣縁 繩縄 縱縦 纖繊 繡繍 聽聴 腦脳 臟臓 莊荘 藏蔵
薰薫 藥薬 螢蛍 蠟蝋 覺覚 覽覧 觀観 譯訳 說説 讀読 謠謡 讓譲 豐豊 贊賛 轉転 輕軽 邊辺 遞逓 遲遅
鄕郷 醉酔 釀醸 釋釈 鑛鉱 錢銭 鑄鋳 鍊錬 閱閲 陷陥 險険 隱隠 雜雑 靈霊 賴頼 顯顕 驛駅 驅駆 騷騒
驗験 髓髄 鷗鴎 雞鶏 鹼鹸 黑黒 齡齢 廳庁
"""
# Forms that Japanese shares with simplified Chinese: replaced where those above stand beside them
_SHARED = """
萬万 與与 亂乱 會会 黨党 寫写 勵励 區区 醫医 雙双 號号 國国 聲声 學学 寶宝 壽寿 盡尽 屬属 當当
徑径 戀恋 擔担 斷断 舊旧 晝昼 條条 獨独 獻献 畫画 禮礼 稱称 蟲虫 觸触 譽誉 踐践 辭辞 麥麦 點点
爐炉 灣湾 燈灯 殘残 狀状
"""
STANDARD = {form: group[0] for group in (_OLD + _NEW).split() for form in group[1:]}
_variant = re.compile(f"[{''.join(STANDARD)}]")
JAPANESE = {pair[1]: pair[0] for pair in _JAPANESE.split()}
_japanese = re.compile(f"[{''.join(JAPANESE)}]")
_shared = str.maketrans({pair[1]: pair[0] for pair in _SHARED.split()})
# Common characters that only one of the scripts has.
_hans = re.compile(
    "[们这来说时为国会过发对学无见长门风马车鸟鱼龙飞东归乡书画语诗词谁还远边难离声听觉梦"
    "红绿兰叶树残阳阴灯独尽万旧乐爱怜泪断肠钟楼处话气开关闲间问闻陈叹与华从条万]"
)
_hant = re.compile(
    "[們這來說時為爲國會過發對學無見長門風馬車鳥魚龍飛東歸鄉書畫語詩詞誰還遠邊難離聲聽覺夢"
    "紅綠蘭葉樹殘陽陰燈獨盡萬舊樂愛憐淚斷腸鐘樓處話氣開關閒間問聞陳嘆歎與華從條]"
)


def standard(text: str) -> str:
    """Each variant character in its standard traditional form.

    >>> standard("爲君疎雨劒門西")
    '為君疏雨劍門西'
    """
    return _variant.sub(lambda match: STANDARD[match[0]], text)


def from_japanese(text: str) -> str:
    """Chinese text with traditional characters for forms that only Japanese has.

    >>> from_japanese("隠者聴泉，独坐無声。"), from_japanese("独坐無声。")
    ('隱者聽泉，獨坐無聲。', '独坐無声。')
    """
    if not _japanese.search(text):
        return text
    text = _japanese.sub(lambda match: JAPANESE[match[0]], text)
    return text if script_of(text) == "hans" else text.translate(_shared)


def script_of(text: str) -> Literal["hans", "hant", ""]:
    """The script of a text, judged by common characters; empty when none of them decides.

    >>> script_of("云归山路远"), script_of("雲歸山路遠"), script_of("山下一人行")
    ('hans', 'hant', '')
    """
    hans, hant = len(_hans.findall(text)), len(_hant.findall(text))
    if hans == hant:
        return ""
    return "hans" if hans > hant else "hant"


def to_traditional(text: str) -> str:
    """The text in traditional characters, each in its standard form.

    >>> to_traditional("云归山路远，床前灯影长。")
    '雲歸山路遠，床前燈影長。'
    """
    return standard(convert(text, "s2t"))


def script_of_locale(environ: Mapping[str, str]) -> Script:
    """The script that the locale asks for; traditional where it does not say.

    >>> script_of_locale({"LANG": "zh_CN.UTF-8"}), script_of_locale({"LANG": "de_DE.UTF-8"})
    ('hans', 'hant')
    """
    parts = _locale(environ)
    if parts[0] != "zh" or "hant" in parts:
        return "hant"
    return "hans" if {"hans", "cn", "sg"} & set(parts) else "hant"


def is_locale_chinese(environ: Mapping[str, str]) -> bool:
    """Whether the locale asks for Chinese.

    >>> is_locale_chinese({"LANG": "zh_TW.UTF-8"}), is_locale_chinese({"LANG": "C"})
    (True, False)
    """
    return _locale(environ)[0] == "zh"


def _locale(environ: Mapping[str, str]) -> list[str]:
    """The parts of the locale in small letters, its language first; [""] where there is none."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next(filter(None, map(environ.get, variables)), "")
    return locale.lower().split(".")[0].replace("-", "_").replace("@", "_").split("_")


def convert(text: str, config: Literal["t2s", "s2t"]) -> str:
    """The text in the other script. OpenCC is not loaded for a text without Chinese."""
    if not any(map(is_han, text)):
        return text
    # OpenCC raises an error for lone surrogates
    converted: str = _converter(config).convert(replace_surrogates(text))
    return converted


@cache
def _converter(config: str) -> Any:
    import opencc  # a quarter of the time of a whole short run: only when needed

    return opencc.OpenCC(config)
