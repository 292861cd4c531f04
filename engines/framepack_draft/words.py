"""What the words of a prompt show, in Chinese, Japanese and English; a prompt is no story, so words are whole ones.

An entry is ``Chinese and Japanese|English``; ``~`` stands for a space within a word.
"""

from collections.abc import Mapping
from typing import Any

from engines.writer.lexicon import PLACES as STORY_PLACES
from engines.writer.lexicon import SPECIES as STORY_SPECIES

Table = Mapping[str, str]


def _merged(base: Table, more: Table) -> dict[str, str]:
    """A table of the story writer with more words for its keys."""
    both = {}
    for key, entry in base.items():
        parts = [part.partition("|") for part in (entry, more.get(key, ""))]
        both[key] = f"{' '.join(part[0] for part in parts)}|{' '.join(part[2] for part in parts)}"
    return both


# The key is an English noun that the story writer's lexicon knows: it tells the age, the gender and the dress.
PEOPLE: Table = {
    "schoolgirl": "女子高生 女学生 女高中生 女子中学生|schoolgirl school~girl high~school~girl",
    "schoolboy": "男子高生 高校生 男高中生 男子生徒|schoolboy school~boy",
    "grandmother": "おばあさん お婆さん 老婆 祖母 奶奶 老太太 老奶奶 老妇人|"
    "old~woman old~lady elderly~woman grandmother grandma granny",
    "grandfather": "おじいさん お爺さん 老人 祖父 爷爷 老爷爷 老头 老翁|"
    "old~man elderly~man grandfather grandpa old~fisherman old~sailor",
    "princess": "お姫様 姫 王女 公主|princess princesses",
    "queen": "女王 皇后|queen empress",
    "prince": "王子|prince",
    "king": "王様 国王|king emperor",
    "samurai": "侍 武士 浪人|samurai ronin swordsman",
    "knight": "騎士 骑士 战士 戦士 兵士 士兵|knight warrior soldier guard",
    "witch": "魔女 女巫|witch sorceress",
    "wizard": "魔法使い 魔導士 法师 巫师|wizard mage sorcerer magician",
    "monk": "僧侶 和尚 僧人|monk priest",
    "teacher": "先生 教師 老师|teacher professor",
    "nurse": "看護師 护士|nurse",
    "maid": "メイド 女仆|maid",
    "mother": "お母さん 母親 妈妈 母亲|mother mom mum",
    "father": "お父さん 父親 爸爸 父亲|father dad",
    "child": "子供 子ども 幼児 孩子 小孩 小朋友|child kid toddler children",
    "girl": "少女 女の子 女孩 小姑娘 姑娘 妹妹 姐姐|girl maiden",
    "boy": "少年 男の子 男孩 弟弟 哥哥|boy lad",
    "woman": "女性 女の人 女人 女士 美女|woman women lady ladies female actress dancer heroine",
    "man": "男性 男の人 男人 男|"
    "man men guy gentleman gentlemen male detective captain pirate robber hunter fisherman farmer cowboy "
    "astronaut businessman hero",
    "person": "人物 主角 角色 キャラクター 旅人 友達 友人 朋友 ロボット 机器人 人|"
    "person character someone somebody figure friend student robot android traveler traveller wanderer",
}
PRONOUNS: Table = {"woman": "彼女 她|she her herself", "man": "彼 他|he him his himself"}
CROWDS: Table = {"person": "人々 群衆 人群 大家|people crowd villagers"}
PAIRS: Table = {"couple": "カップル 恋人 情侣 夫婦 夫妻|couple lovers"}
OLD = frozenset({"grandmother", "grandfather"})
WEAPONS: Mapping[str, str] = {"samurai": "sword", "knight": "sword"}
LIKE: Mapping[str, dict[str, Any]] = {
    "schoolgirl": {"age": "teen", "outfit": "sailor"},
    "schoolboy": {"age": "teen", "outfit": "gakuran"},
    "girl": {"age": "teen"},
    "boy": {"age": "child"},
    "princess": {"age": "teen", "outfit": "dress"},
    "nurse": {"outfit": "dress"},
    "maid": {"outfit": "dress", "outfit_tone": "black"},
    "witch": {"outfit": "robe", "accessory": "hat"},
    "wizard": {"accessory": "none"},
    "knight": {"outfit": "robe", "accessory": "none"},
    "samurai": {"accessory": "none"},
    "monk": {"accessory": "none"},
}
ANIMALS: Table = _merged(
    STORY_SPECIES,
    {
        "dog": "狗 小狗 いぬ|dogs puppies",
        "cat": "小猫 猫咪 貓 ねこ ネコ 子猫|kitty kitties",
        "fox": "狐狸 キツネ|foxes",
        "wolf": "オオカミ|",
        "bear": "くま|",
        "lion": "狮子|lioness tiger leopard",
        "mouse": "老鼠|",
        "rabbit": "兔子 ウサギ|bunny bunnies",
        "frog": "青蛙|",
        "tortoise": "乌龟|",
        "horse": "马|unicorn pony deer",
        "cow": "奶牛|buffalo",
        "sheep": "绵羊 山羊|",
        "crow": "乌鸦 カラス|",
        "bird": "小鸟 鸟|seagull gull owl pigeon sparrow eagle parrot",
    },
)
PLACES: Table = _merged(
    STORY_PLACES,
    {
        "classroom": "课堂|",
        "rooftop": "屋顶 天台 屋根の上|",
        "station": "车站 火车 地铁 站台|subway metro bus~stop airport",
        "library": "图书馆 书店 書店|bookshop bookstore",
        "kitchen": "厨房 キッチン|",
        "shop": "カフェ 咖啡馆 咖啡店 餐厅 商店 居酒屋 レストラン|"
        "cafe café bar restaurant bakery coffee~shop market~stall",
        "bridge": "桥 橋|",
        "mountain": "山 山顶 雪山 悬崖|mountainside canyon volcano desert dune glacier valley hilltop",
        "river": "河 湖 滝 瀑布|lake waterfall canal riverbank creek",
        "temple": "寺庙 神社 鳥居 教堂|torii pagoda monastery cathedral",
        "graveyard": "坟墓|",
        "battlefield": "战场|trenches",
        "space": "太空 星球 銀河|space cosmos moon~base nebula asteroid",
        "forest": "树林 竹林 丛林 森林|wood rainforest bamboo",
        "sea": "海边 海滩 海岸 港口 港湾 砂浜 渔村|seaside coast pier dock bay lagoon fishing~village",
        "castle": "城堡 宫殿|ruins citadel",
        "field": "草地 田野 公园 公園 花园 花園 庭園 桜 樱花 牧场 麦田 樱花树下|"
        "cherry~blossoms sakura park backyard lawn prairie countryside orchard meadows wheat~field playground",
        "street": "街道 城市 小巷 路地 交差点 都会 市場 市场 路上|"
        "alley alleyway avenue downtown crossroads sidewalk lane",
        "room": "卧室 房间 客厅 寝室 オフィス 办公室 病院 ベッド|"
        "bedroom living~room office hospital sofa couch bed corridor",
    },
)
# where no place is named
FURNITURE: Table = {"room": "窓 机 布団 ベッド 沙发 窗|window desk door stairs carpet curtain fireplace table chair"}
TIMES: Table = {
    "night": "真夜中 夜空 夜景 深夜 夜晚 晚上 月光 月夜 月亮 星空 月明かり 夜|"
    "night nighttime midnight moonlight moonlit starry starlit moon stars",
    "dawn": "夜明け 明け方 朝焼け 日の出 黎明 清晨 日出 拂晓|dawn sunrise daybreak early~morning",
    "sunset": "夕焼け 夕日 夕方 夕暮れ 黄昏 傍晚 日落 放課後|sunset dusk evening twilight golden~hour sundown",
    "day": "昼間 白天 中午 早晨 青空 晴れ 晴天 朝 昼|"
    "day daytime daylight noon midday morning afternoon sunny sun blue~sky",
}
WEATHER: Table = {
    "rain": "土砂降り 大雨 嵐 雨|rain rainy storm stormy thunderstorm downpour drizzle",
    "snow": "吹雪 大雪 雪|snow snowy snowing blizzard snowfall winter",
    "sparkles": "きらきら 魔法 魔术|magic magical sparkle sparkling glitter fireflies firefly fairy~dust",
}
SHOTS: Table = {
    "close_up": "アップ 特写 特寫 顔|close-up closeup close~up face extreme~close",
    "bust": "肖像 胸像 バストアップ 半身|portrait headshot bust selfie upper~body",
    "medium": "上半身 中景|medium~shot cowboy~shot waist half~body",
    "full": "全身|full~body full~shot",
    "long": "遠景 远景 全景 風景 风景|wide~shot long~shot landscape panorama establishing~shot scenery aerial wide",
}
PERCH: Table = {"wall": "塀の上 壁の上 墙上 围墙|on~a~wall on~the~wall on~a~fence on~the~fence on~a~stone~wall"}
POSES: Table = {
    "hug": "抱き合 抱きし 拥抱 抱着|hug hugging embrace embracing kiss kissing",
    "fight": "戦 斬 打ち合 打架 战斗 决斗|fight fighting duel dueling battle attacking",
    "bow": "お辞儀 鞠躬|bowing",
    "eat": "食べ 飲 吃 喝|eat eating drink drinking dining",
    "kneel": "ひざまず 跪|kneel kneeling praying",
    "climb": "登 よじ 攀|climb climbing",
    "run": "走って 走る 駆け 逃げ 奔跑 跑 追いかけ|run running runner sprinting rushing fleeing chasing chase jogging",
    "walk": "歩 散歩 走在 走路 散步 行走 漫步|walk walking stroll strolling wandering marching hiking body~movements",
    "sit": "座 すわ 腰かけ 坐|sit sitting seated crouching squatting",
    "point": "指さ 指差 指着|pointing",
    "arms_up": "跳 踊 手を振 両手を 飛 舞 挥手|"
    "jump jumping dance dancing waving wave cheering leaping celebrating flying",
    "fall": "倒れ 転ん 落ち 跌倒 摔倒|stumbling tripping collapsing falls~down falling~down",
    "lie": "寝て 寝る 眠 横たわ 躺 睡|lie lying sleep sleeping asleep napping",
}
MOODS: Table = {
    "surprise": "驚 びっくり 惊讶 吃惊|surprised surprise astonished shocked amazed",
    "fear": "怖 恐 怯 害怕 恐惧|afraid fear scared terrified frightened horror creepy scary",
    "angry": "怒 愤怒 生气|angry anger furious rage",
    "cry": "泣 涙 哭 流泪|cry crying tears weeping sobbing",
    "sad": "悲 寂し 憂 难过 悲伤 孤独 忧郁|sad sorrow lonely alone melancholy gloomy mournful",
    "joy": "喜 嬉し 楽し 高兴 开心 快乐|joy joyful happy cheerful laughing delighted excited",
    "smile": "笑 微笑|smile smiling grin gentle peaceful",
    "shy": "照れ 恥ずかし 害羞|shy blush blushing embarrassed",
    "determined": "決意 真剣 坚定|determined brave heroic serious confident",
}
THINGS: Table = {
    "umbrella": "傘 かさ 雨伞 伞|umbrella parasol",
    "sword": "剣 刀 剑|sword katana blade dagger spear axe",
    "book": "本を 書物 书|book novel",
    "letter": "手紙 信を 信件|letter envelope",
    "lamp": "ランプ 提灯 灯笼 灯籠 灯|lantern lamp candle torch",
    "cup": "茶碗 コーヒー 紅茶 咖啡 茶 杯|cup mug coffee tea",
    "flower": "花束 花を 百合 鲜花 玫瑰 花|flower bouquet rose",
    "bag": "鞄 かばん 背包|bag backpack handbag suitcase",
    "phone": "電話 スマホ 手机|phone smartphone cellphone",
    "gun": "銃 枪|gun rifle pistol",
    "ball": "ボール 球|ball football basketball",
    "box": "箱 盒子 宝箱|box chest gift",
    "rope": "縄 绳|rope",
}
DETAILS: Mapping[str, tuple[str, Any]] = {
    "長い髪 ロングヘア 长发|long~hair": ("hair", "long"),
    "短い髪 ショートヘア 短发|short~hair": ("hair", "short"),
    "ポニーテール 马尾|ponytail": ("hair", "ponytail"),
    "ツインテール 双马尾|twintails twin~tails pigtails": ("hair", "twin_tails"),
    "おかっぱ ボブ|bob~cut bob~hair": ("hair", "bob"),
    "お団子|bun": ("hair", "bun"),
    "坊主 光头|bald": ("hair", "bald"),
    "黒髪 黑发|black~hair dark~hair": ("hair_tone", "black"),
    "茶髪 棕发 金髪 金发 白髪 銀髪 银发 白发|brown~hair red~hair pink~hair blue~hair green~hair purple~hair "
    "blonde blond silver~hair white~hair grey~hair gray~hair": ("hair_tone", "grey"),
    "眼鏡 メガネ 眼镜|glasses spectacles": ("accessory", "glasses"),
    "帽子|hat cap": ("accessory", "hat"),
    "マフラー 围巾|scarf": ("accessory", "scarf"),
    "リボン|ribbon": ("accessory", "ribbon"),
    "王冠|crown tiara": ("accessory", "crown"),
    "着物 浴衣 和服|kimono yukata": ("outfit", "kimono"),
    "セーラー服 水手服|sailor~uniform uniform sailor~suit": ("outfit", "sailor"),
    "ドレス ワンピース 裙子 连衣裙|dress gown": ("outfit", "dress"),
    "スーツ 西装|suit": ("outfit", "suit"),
    "パーカー|hoodie": ("outfit", "hoodie"),
    "ローブ 长袍|robe cloak": ("outfit", "robe"),
    "髭 ひげ 胡子|beard bearded": ("beard", "full"),
}
COLOURS: Mapping[str, str] = {
    "金髪 金发|blonde blond": "#e3b94f",
    "白髪 銀髪 银发 白发|silver~hair white~hair grey~hair gray~hair silver": "#aab3c2",
    "赤 紅 红|red crimson scarlet": "#d8443c",
    "青 蓝|blue azure navy": "#3f74c6",
    "緑 绿|green emerald": "#4f9a58",
    "黄 金色|yellow gold golden": "#e0a92e",
    "橙|orange amber": "#e27d31",
    "紫|purple violet lavender": "#8a5fb8",
    "ピンク 桃色 粉|pink": "#e2819d",
    "茶色 棕|brown": "#9a6b45",
    "水色|teal turquoise cyan": "#39a3a3",
    "白黒 モノクロ 黑白|monochrome black~and~white grayscale greyscale": "#8a8a8a",
}
# words that name a thing and show none
SILENT = (
    r"(?:cat|fox|wolf|bunny|dog|animal) ?ears?|猫耳|狐耳|\b(?:no|without)\s+(?:a |any )?\w+|誰もいない|没有人|無人|"
    r"fell asleep|school (?=uniform)|sun ?glasses|masterpiece|best quality|(?:high|highly) \w+|star wars|man-?made"
)
MOVES: Table = {
    "zoom_in": "ズームイン ズーム 推近 推进 拉近 放大 寄る|"
    "zoom zooms zooming zoom~in zooms~in zooming~in push~in pushes~in dolly~in closer moves~closer approaches",
    "zoom_out": "ズームアウト 拉远 缩小 引く|zoom~out zooms~out zooming~out pull~out pulls~out pull~back pulls~back "
    "dolly~out moves~away",
    "left": "左へ 左に 左パン 向左 左移|pan~left pans~left panning~left to~the~left moves~left",
    "right": "右へ 右に 右パン 向右 右移|pan~right pans~right panning~right to~the~right moves~right",
    "up": "上へ 上に 見上げ 向上 上移|tilt~up tilts~up pan~up pans~up upward upwards rises looks~up",
    "down": "下へ 下に 見下ろ 向下 下移|tilt~down tilts~down pan~down pans~down downward downwards looks~down",
    "walk": "歩 走 散歩 行走 跑|walk walks walking run runs running stroll strolling marching forward forwards",
    "roll": "回転 旋转|rotate rotates rotating spin spins spinning roll rolls",
    "shake": "揺れ 手ブレ 震 晃动|shake shakes shaking handheld earthquake trembling explosion",
    "still": "静止 固定|still static motionless fixed~camera locked~camera",
}
