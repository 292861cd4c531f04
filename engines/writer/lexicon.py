"""What words tell: feelings, poses, places, times, weather, ages, roles. Japanese and English side by side.

Japanese entries are parts of words as they stand in a text, English ones are beginnings of words, whole ones with $.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

EMOTIONS: Mapping[str, str] = {
    "surprise": "驚 びっくり はっと 目を丸く えっ ええっ なに！ まさか|surpris astonish startl gasp amaz what!",
    "fear": "怖 恐 こわ 震え ふるえ おびえ ぞっと 悲鳴 きゃあ|afraid fear terrif frighten trembl scream horror shudder",
    "angry": "怒 腹を立 にらん 睨 許さ ふざける うるさい ばか 馬鹿|angry anger furious rage glar frown curs",
    "cry": "泣 涙 なみだ すすり|cry cried crying tears wept weep sob",
    "sad": "悲 かなし 寂し さびし うつむ ため息 落ち込 ごめん|sad sorrow lonely sigh grief sorry alone mourn",
    "joy": "喜 うれし 嬉し 大笑 笑い出 はしゃ やった 万歳 楽し|joy delight laugh cheer happy happily hurrah glad",
    "smile": "笑 微笑 ほほえ にっこり にこ ありがとう|smil grin thank kindly proud",
    "shy": "照れ 恥ずかし はずかし 赤くな 頬を染|blush shy embarrass asham",
    "determined": "決心 決意 うなず 必ず 絶対 きっと 負け 行くぞ|determin resolv nod promise swear",
}
POSES: Mapping[str, str] = {
    "hug": "抱きし 抱き合 抱きつ 抱き上|hug embrac kiss flung threw~her~arms",
    "fight": "戦っ 斬り 殴 なぐ 打ち合 うちました 撃|fought struck~him stabb slew seized",
    "bow": "お辞儀 おじぎ 頭を下げ 礼をし|bowed bow~to curts",
    "eat": "食べ たべ 喰 飲ん|ate eat drank dined",
    "kneel": "ひざまず 膝をつ 跪|knelt kneel",
    "climb": "よじ のぼり始 たぐり のぼって行|climb clamber",
    "run": "走 駆け かけよ かけだ にげ 逃げ 急い 追いかけ|ran run rush fled flee hurri chas dash",
    "walk": "歩 あるき あるい 進ん 向かっ 出かけ 帰っ 登っ|walk went stroll march wander came",
    "sit": "座 すわ 腰を下ろ しゃがみ 腰かけ 坐 腰をおろ|sat sit seat crouch",
    "point": "指さ 指差 指し|point",
    "arms_up": "両手を広 両手を大きく 両手を上 手を振 跳 飛び上が 万歳|raised leap jump waved waving cheered",
    "fall": "倒れ たおれ 落ちて 転ん 落ちた つまず 崩れ|fell fall stumbl collaps tumbl trip",
    "lie": "仰向 寝て 寝た 横たわ 眠って|lying lay~down lay~in lay~on asleep slept sleeping",
}
PLACES: Mapping[str, str] = {
    "classroom": "教室 学校 授業 黒板 校庭|classroom school lesson blackboard",
    "rooftop": "屋上|rooftop roof",
    "station": "駅 ホーム 電車 列車 汽車|station train platform railway",
    "library": "図書館 書斎 本棚|library study bookshel",
    "kitchen": "台所 かまど 厨房|kitchen stove oven",
    "shop": "商店 料理店 店先 売場|shop store inn tavern restaurant",
    "bridge": "橋の 橋を 橋が|bridge",
    "mountain": "山奥 山の上 頂上 峠 谷間|mountain cliff peak",
    "river": "川 河原 池 小川 堤|river stream pond brook",
    "temple": "寺 神社 お宮 極楽 御堂|temple shrine church",
    "graveyard": "墓地 墓場 お墓 墓の 墓を|graveyard churchyard cemetery tomb",
    "underworld": "地獄 血の池 針の山 冥土|underworld hades",
    "battlefield": "戦場 合戦 陣地|battlefield",
    "space": "宇宙 惑星 銀河|spaceship galaxy planet",
    "forest": "森 林 山道 木々 竹藪 竹やぶ|forest woods jungle grove",
    "sea": "海 浜 浜辺 船に 船の 船が 港 波 島|sea shore beach boat ship harbor harbour wave ocean island",
    "castle": "城 王宮 宮殿 塔 門|castle palace tower lighthouse throne fortress gate",
    "field": "草原 野原 丘 畑 田んぼ 庭 道ばた 雪の中 表へ 外へ|"
    "field hill meadow garden farm grass valley path fold pasture course",
    "street": "町 街 通り 道 商店 市場 往来|street town city road market village",
    "room": "部屋 家の中 座敷 枕元 寝室 納屋 物置 囲炉裏 いろり 玄関|"
    "room house hall home chamber fireside hearth by~the~fire",
}
FURNITURE: Mapping[str, str] = {"room": "布団 窓 机 戸を 障子 床の|bed window door stairs carpet curtain"}
TIMES: Mapping[str, str] = {
    "night": "夜 真夜中 月の 月が 星が 深夜 晩 まっ暗 暗の|night midnight moon",
    "evening": "夕 放課後 黄昏 たそがれ 日が暮れ 日没|evening dusk sunset twilight",
    "day": "朝 昼 日中 午前 午後 翌日 次の日 あくる日|morning noon afternoon day dawn sunrise",
}
WEATHER: Mapping[str, str] = {
    "rain": "雨 嵐 土砂降り|rain storm",
    "snow": "雪 吹雪|snow blizzard",
}
LOUD = "叫 喚き 怒鳴 どな 大声 わめ|shout cried shriek yell scream exclaim roar"
SOFT = "ささや 囁 つぶや 呟 小さな声 小声 そっと言|whisper murmur mutter quietly softly"
SAYING = (
    "言 いっ いいま いう 云 喚 話 答 こたえ 聞い 訊 尋ね たずね 叫 つぶや 呟 ささや 囁 呼 怒鳴 返 声をかけ 笑っ 思|"
    "said say says asked ask answer repli cried cry shout whisper murmur mutter exclaim call told yell "
    "added thought continued began laugh bleat shriek address entreat demand remark beg lament "
    "croak roar growl sob gasp snap hiss sigh grunt bellow mutter"
)
ELDER = "おじいさん おばあさん お爺 お婆 老 じいさん ばあさん|old grandfather grandmother grandpa grandma elder"
CHILD = "子ども 子供 坊や 幼 小学 少年 少女|boy girl lamb child kid baby toddler"
ADULT = (
    "先生 母 父 おかあさん おとうさん 主人 奥さん 駅員 王 将軍 医者 店主 下人 役人|"
    "captain colonel major inspector butler judge king queen wolf lion giant ogre hunter "
    "man woman gentleman mother father doctor teacher mr mrs sir lord "
    "soldier merchant farmer fisherman"
)
FEMALE = (
    "ちゃん 姫 母 娘 少女 おばあさん 婆 女 彼女 妹 姉 奥さん 嬢 おかあさん|"
    "she$ her$ girl woman mother queen princess mrs miss ms lady sister daughter aunt grandmother "
    "wife witch maid nurse madam"
)
MALE = (
    "くん 君 王子 父 少年 おじいさん 爺 男 彼は 兄 弟 殿 おとうさん 俺 僕|"
    "he$ his$ him$ boy man$ father king prince$ mr$ sir$ lord brother son$ uncle grandfather husband "
    "captain fisherman colonel major inspector sergeant butler count duke monk hunter grandson ogre"
)
OUTFITS: Mapping[str, str] = {
    "gakuran": "高校生 中学生 学生服|schoolboy",
    "sailor": "女子高生 女学生|schoolgirl",
    "kimono": "侍 武士 着物 下人 殿 おじいさん おばあさん 婆 爺|samurai",
    "dress": "姫 王女 女王|princess daughter queen lady",
    "robe": "王 釈迦 仙 神 僧 和尚 仙人 魔法使い 魔女|king wizard giant witch monk priest prince",
    "suit": "駅員 先生 刑事 社長 医者 紳士|captain teacher doctor mr detective",
}
SPECIES: Mapping[str, str] = {
    "dog": "犬|dog hound puppy",
    "cat": "猫|cat kitten",
    "fox": "狐 きつね|fox",
    "wolf": "狼|wolf wolves",
    "bear": "熊|bear",
    "lion": "ライオン 獅子|lion",
    "mouse": "ねずみ 鼠|mouse mice rat",
    "rabbit": "うさぎ 兎|rabbit hare",
    "frog": "蛙 かえる|frog toad",
    "tortoise": "亀 かめ|tortoise turtle",
    "horse": "馬|horse donkey ass",
    "cow": "牛|cow bull ox",
    "sheep": "羊|sheep lamb goat",
    "crow": "烏 からす|crow raven rook",
    "bird": "鳥 すずめ|bird swallow nightingale",
}
PROPS: Mapping[str, str] = {
    "book": "本を 書物|book",
    "letter": "手紙|letter notice-board",
    "lamp": "ランプ 提灯 行灯|lamp lantern candle",
    "rope": "糸を 糸に 糸は 綱を 縄を|rope thread cord",
    "gun": "火縄銃 鉄砲 猟銃|gun rifle musket pistol",
    "ball": "鞠 まり|golden~ball ball",
    "sword": "刀 剣|sword axe dagger knife",
    "umbrella": "傘|umbrella",
    "cup": "茶碗 湯呑 杯|cup tea",
    "box": "箱|box chest",
    "flower": "花を 百合 花束 蕾|flower rose",
    "bag": "鞄 袋|bag sack",
    "phone": "電話 携帯|telephone phone",
}
OLD_JA = "云 御 百姓 殿 侍 極楽 地獄 枕元 火縄銃 村の むかし 昔々 庄屋 囲炉裏 猟師 鉄砲 和尚"
MODERN_JA = "学校 電車 駅 会社 電話 車で ビル 高校 教室"
GENRES: Mapping[str, str] = {
    "fantasy": "魔法 竜 王 姫 城 妖精 鬼|magic dragon king princess castle fairy witch",
    "romance": "恋 好き 告白 約束 デート|love kiss heart romance marry",
    "action": "戦 剣 敵 爆発 追跡|fight sword enemy battle explosion attack",
    "mystery": "事件 謎 犯人 探偵 証拠|mystery detective murder clue crime",
    "sci_fi": "宇宙 ロボット 未来 惑星 機械|space robot future planet machine alien",
    "horror": "幽霊 呪 血 死体 闇|ghost curse blood corpse dead horror",
    "slice_of_life": "学校 友達 放課後 家族 日常|school friend family home tea garden",
}


IDIOMS = re.compile(
    r"\b(?:(?:did|do|does|could|would|can) ?not|never|n't) \w+|\b(?:blood ran|fell upon|fell asleep|came to)\b"
    r"|\bran cold\b|走らな|歩けな|行って見|て行くう"
)
WORDS = Path(__file__).parents[2] / "assets" / "words"


@lru_cache
def words(name: str) -> tuple[str, ...]:
    """The words of a list in ``assets/words``, in order."""
    lines = (WORDS / f"{name}.txt").read_text().splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def _split(entry: str) -> tuple[tuple[str, ...], "re.Pattern[str]"]:
    japanese, _, english = entry.partition("|")
    words = [re.escape(word).replace("\\~", " ").replace("~", " ").replace("\\$", r"\b") for word in english.split()]
    pattern = re.compile(r"\b(?:" + "|".join(words) + r")", re.IGNORECASE) if words else re.compile(r"(?!)")
    return tuple(japanese.split()), pattern


_cache: dict[str, tuple[tuple[str, ...], "re.Pattern[str]"]] = {}


def count(entry: str, text: str) -> int:
    """How often the words of a lexicon entry stand in a text."""
    if entry not in _cache:
        _cache[entry] = _split(entry)
    japanese, english = _cache[entry]
    return sum(text.count(word) for word in japanese) + len(english.findall(text))


def count_any(table: Mapping[str, str], word: str) -> bool:
    """Whether a word as a whole stands in a table."""
    return any(word.lower() in entry.replace("|", " ").split() for entry in table.values())


def best(table: Mapping[str, str], text: str, default: str | None = None) -> str | None:
    """The key whose words stand most often in a text; earlier keys win ties."""
    counts = {key: count(entry, text) for key, entry in table.items()}
    top = max(counts, key=lambda key: counts[key])
    return top if counts[top] else default


def pose_of(text: str, default: str | None = None) -> str | None:
    """The pose of a sentence; what is not done, and blood that runs cold, is no pose."""
    return best(POSES, IDIOMS.sub("", text), default)


def first(table: Mapping[str, str], text: str) -> str | None:
    """The key whose words stand first in a text."""
    found: dict[str, int] = {}
    for key, entry in table.items():
        count(entry, "")
        japanese, english = _cache[entry]
        places = [text.find(word) for word in japanese if word in text] + [m.start() for m in english.finditer(text)]
        if places:
            found[key] = min(places)
    return min(found, key=lambda key: found[key]) if found else None


def last(table: Mapping[str, str], text: str) -> str | None:
    """The key whose words stand last in a text: where the reader is now; of two that end together the longer."""
    found: dict[str, tuple[int, int]] = {}
    for key, entry in table.items():
        count(entry, "")
        japanese, english = _cache[entry]
        hits = [(text.rfind(word) + len(word), len(word)) for word in japanese if word in text]
        found[key] = max([*hits, *((m.end(), len(m.group())) for m in english.finditer(text))], default=(-1, 0))
    top = max(found, key=lambda key: found[key])
    return top if found[top][0] >= 0 else None


def stands_at(table: Mapping[str, str], text: str) -> str | None:
    """The key of a place where somebody is said to stand, sit or walk: 蓮池のふちに立って."""
    for key, entry in table.items():
        for word in entry.partition("|")[0].split():
            if re.search(rf"{re.escape(word)}[^、。]{{0,6}}(?:に立っ|に坐|に座|に着|を歩|のホーム)", text):
                return key
    return None
