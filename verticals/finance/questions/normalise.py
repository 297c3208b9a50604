"""A question in the one spelling that it is read in; every character keeps its place."""

import re
import unicodedata

# Traditional characters of company reports with their simplified forms, in pairs.
_TRADITIONAL = (
    "營营業业潤润淨净總总資资產产負负債债權权現现應应賬账帳账貨货幣币單单價价證证銀银務务費费減减據据稅税額额與与歷历"
    "較较變变動动個个間间們们這这來来發发開开關关為为會会計计說说報报環环節节點点錄录張张號号實实質质續续經经濟济進进"
    "運运轉转優优勢势對对績绩趨趋導导讓让請请問问麼么嗎吗億亿萬万圓元適适綜综擴扩銷销購购協协議议認认預预項项類类縮缩"
    "長长東东門门電电車车龍龙風风飛飞馬马魚鱼鳥鸟麥麦紅红綠绿藍蓝遠远際际強强樂乐華华國国廣广陽阳陰阴寧宁濱滨灣湾蘭兰"
    "蘇苏鋼钢鐵铁鋰锂銅铜鋁铝藥药醫医衛卫訊讯軟软體体設设備备機机製制裝装條条約约終终純纯結结給给網网線线組组維维緩缓"
    "編编級级紀纪納纳繼继絕绝統统結结嚴严麗丽舉举義义習习書书買买賣卖亞亚傳传傷伤係系偽伪側侧儀仪儲储兒儿內内兩两冊册"
    "時时學学術术樓楼橋桥極极構构機机樣样檔档歐欧氣气漢汉決决沖冲淺浅漸渐濕湿烏乌爾尔獎奖獨独獲获瑪玛瓊琼畫画異异當当療疗監监盤盘"
    "礎础礦矿禮礼稅税種种積积稱称穩稳窮穷競竞筆笔築筑範范糧粮網网緊紧練练聯联聲声職职腦脑臨临艙舱薩萨藝艺處处號号補补複复襯衬訂订記记"
    "診诊詢询試试該该詳详誠诚誤误課课調调談谈諮咨識识譯译護护豐丰貝贝貢贡貫贯責责貸贷貴贵賃赁賠赔賽赛贏赢贊赞趙赵軌轨軸轴載载輕轻"
    "輝辉輪轮輸输辦办農农邊边郵邮鄉乡鄭郑釋释鈉钠鈦钛鈷钴鉀钾鉛铅銻锑錦锦錫锡鍋锅鎢钨鎮镇鏈链鐘钟鑄铸鑫鑫閉闭閱阅閥阀陳陈陸陆隊队階阶隨随"
    "險险隱隐雙双雜杂離离難难電电霧雾靈灵靜静頁页順顺須须頓顿領领頭头題题顏颜願愿顯显飲饮飯饭飼饲養养館馆駿骏騰腾驅驱驗验鮮鲜鷹鹰鹽盐齊齐龜龟"
    "帐账軍军農农衝冲決决況况涼凉準准幾几憑凭擊击劃划則则剛刚創创刪删別别剝剥劑剂勞劳勵励勁劲勝胜區区滯滞歸归屬属毀毁"
)
_SIMPLE = {ord(_TRADITIONAL[at]): _TRADITIONAL[at + 1] for at in range(0, len(_TRADITIONAL), 2)}
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_MARKS = {
    0x3000: " ", 0x00A0: " ", 0x2009: " ", 0x202F: " ", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"',
    0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "-", 0x2015: "-", 0x2212: "-", 0x301C: "~",
    0x0009: " ", 0x000A: " ", 0x000D: " ", 0x3001: ",", 0x3002: ".", 0x3010: "[", 0x3011: "]",
}  # fmt: skip
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_FOLD = {**_SIMPLE, **_FULL_WIDTH, **_MARKS}


def fold(text: str) -> str:
    """Half-width, simplified, plain quotation marks and dashes; capital letters stay. Same length."""
    return text.translate(_FOLD)


def plain(text: str) -> str:
    """As `fold`, in lower case. Same length."""
    folded = fold(text)
    low = folded.lower()
    return low if len(low) == len(folded) else "".join(one.lower()[:1] for one in folded)


def spaced(text: str) -> str:
    """As `plain`, with a space for every hyphen: how names of metrics are compared. Same length."""
    return plain(text).replace("-", " ")


def is_chinese(text: str) -> bool:
    """Whether a text is written in Chinese: any Chinese character outside a name in Latin letters counts."""
    return _CHINESE.search(text) is not None


def key(text: str) -> str:
    """A name as it is looked up: `spaced`, compatibility forms resolved, one space between words."""
    return " ".join(spaced(unicodedata.normalize("NFKC", text)).split())
