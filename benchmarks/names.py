"""Japanese surnames and given names with their readings, in realistic shares.

The numbers are bearers in thousands, rounded, as published counts of family names have them; the
shares among a municipality's staff differ, but 佐藤 and 田中 are as common as they should be.
"""

import bisect
import itertools
import random

from attrs import frozen

_SURNAMES = """
佐藤 サトウ 1830 鈴木 スズキ 1770 高橋 タカハシ 1380 田中 タナカ 1310 伊藤 イトウ 1050 渡辺 ワタナベ 1040
山本 ヤマモト 1030 中村 ナカムラ 1030 小林 コバヤシ 1010 加藤 カトウ 870 吉田 ヨシダ 820 山田 ヤマダ 800
佐々木 ササキ 660 山口 ヤマグチ 630 松本 マツモト 620 井上 イノウエ 600 木村 キムラ 560 林 ハヤシ 530
斎藤 サイトウ 530 清水 シミズ 520 山崎 ヤマザキ 470 阿部 アベ 440 森 モリ 450 池田 イケダ 440
橋本 ハシモト 440 石川 イシカワ 410 山下 ヤマシタ 410 小川 オガワ 390 石井 イシイ 380 長谷川 ハセガワ 370
後藤 ゴトウ 370 岡田 オカダ 360 近藤 コンドウ 360 前田 マエダ 360 藤田 フジタ 360 遠藤 エンドウ 320
青木 アオキ 320 坂本 サカモト 310 村上 ムラカミ 300 太田 オオタ 290 金子 カネコ 280 藤井 フジイ 280
福田 フクダ 270 西村 ニシムラ 270 三浦 ミウラ 270 竹内 タケウチ 270 中川 ナカガワ 270 岡本 オカモト 260
松田 マツダ 260 原田 ハラダ 260 中野 ナカノ 250 小野 オノ 250 田村 タムラ 250 藤原 フジワラ 250
中山 ナカヤマ 250 石田 イシダ 240 小島 コジマ 240 和田 ワダ 240 森田 モリタ 240 内田 ウチダ 230
柴田 シバタ 220 酒井 サカイ 220 原 ハラ 220 高木 タカギ 220 横山 ヨコヤマ 210 安藤 アンドウ 210
宮崎 ミヤザキ 210 上田 ウエダ 210 島田 シマダ 210 工藤 クドウ 210 大野 オオノ 200 宮本 ミヤモト 200
杉山 スギヤマ 190 今井 イマイ 190 丸山 マルヤマ 190 増田 マスダ 190 高田 タカダ 180 村田 ムラタ 180
平野 ヒラノ 180 大塚 オオツカ 180 菅原 スガワラ 180 武田 タケダ 180 新井 アライ 180 小山 コヤマ 170
野口 ノグチ 170 桜井 サクライ 170 千葉 チバ 160 岩崎 イワサキ 160 佐野 サノ 160 谷口 タニグチ 160
上野 ウエノ 160 松井 マツイ 160 河野 コウノ 160 市川 イチカワ 150 渡部 ワタナベ 150 野村 ノムラ 150
菊地 キクチ 150 木下 キノシタ 150 久保 クボ 150 松尾 マツオ 150 水野 ミズノ 140 東 ヒガシ 140
菅野 カンノ 140 山内 ヤマウチ 140 西田 ニシダ 140 北村 キタムラ 140 西川 ニシカワ 130 小松 コマツ 130
安田 ヤスダ 130 吉川 ヨシカワ 130 川口 カワグチ 130 平田 ヒラタ 130 関 セキ 130 五十嵐 イガラシ 130
辻 ツジ 120 樋口 ヒグチ 120 浜田 ハマダ 120 中田 ナカタ 120 服部 ハットリ 110 岩田 イワタ 110
久保田 クボタ 110 東野 ヒガシノ 40 南 ミナミ 90 奥田 オクダ 80 大西 オオニシ 110 井原 イハラ 30
髙橋 タカハシ 60 齋藤 サイトウ 50 渡邉 ワタナベ 60 渡邊 ワタナベ 60 濵田 ハマダ 20 山﨑 ヤマサキ 40
廣瀬 ヒロセ 60 澤田 サワダ 60 齊藤 サイトウ 50 眞鍋 マナベ 20 德永 トクナガ 20 貝塚 カイヅカ 10
和泉 イズミ 40 堺 サカイ 10
"""

_GIVEN = """
翔太 ショウタ 翔 ショウ 大輔 ダイスケ 健太 ケンタ 拓也 タクヤ 直樹 ナオキ 誠 マコト 隆 タカシ
浩 ヒロシ 学 マナブ 和也 カズヤ 達也 タツヤ 哲也 テツヤ 健一 ケンイチ 浩二 コウジ 真一 シンイチ
裕介 ユウスケ 雄太 ユウタ 大樹 ダイキ 亮 リョウ 剛 ツヨシ 豊 ユタカ 茂 シゲル 博 ヒロシ
修 オサム 勇 イサム 正 タダシ 進 ススム 清 キヨシ 明 アキラ 一郎 イチロウ 太郎 タロウ
次郎 ジロウ 三郎 サブロウ 蓮 レン 悠人 ユウト 大和 ヤマト 陽翔 ハルト 湊 ミナト 樹 イツキ
智也 トモヤ 康平 コウヘイ 慎吾 シンゴ 徹 トオル 聡 サトシ 淳 ジュン 洋平 ヨウヘイ 俊介 シュンスケ
貴之 タカユキ 敏行 トシユキ 花子 ハナコ 陽子 ヨウコ 恵子 ケイコ 久美子 クミコ 由美子 ユミコ 幸子 サチコ
和子 カズコ 洋子 ヨウコ 美咲 ミサキ 愛 アイ 彩 アヤ 舞 マイ 麻衣 マイ 香織 カオリ
美穂 ミホ 智子 トモコ 裕子 ユウコ 真由美 マユミ 直美 ナオミ 明美 アケミ さくら サクラ 葵 アオイ
陽菜 ヒナ 結衣 ユイ 莉子 リコ 凛 リン 美月 ミヅキ 千尋 チヒロ 優子 ユウコ 奈々 ナナ
麻美 アサミ 早紀 サキ 千夏 チナツ 絵里 エリ 典子 ノリコ 順子 ジュンコ 京子 キョウコ 悦子 エツコ
節子 セツコ 文子 フミコ 真理子 マリコ 亜希子 アキコ 友美 トモミ 沙織 サオリ 瞳 ヒトミ 遥 ハルカ
ひかり ヒカリ 美紀 ミキ 理恵 リエ 有紀 ユキ
"""


@frozen
class Name:
    """A person's name and reading, surname and given name with one ASCII space between."""

    name: str
    kana: str


def _groups(text: str, size: int) -> list[tuple[str, ...]]:
    words = iter(text.split())
    return list(zip(*(words,) * size, strict=True))


SURNAMES = [(name, kana) for name, kana, _ in _groups(_SURNAMES, 3)]
GIVEN_NAMES = [(name, kana) for name, kana in _groups(_GIVEN, 2)]
_CUMULATED = list(itertools.accumulate(int(weight) for _, _, weight in _groups(_SURNAMES, 3)))


def random_name(chance: random.Random) -> Name:
    """A surname by its share, any given name."""
    surname = SURNAMES[bisect.bisect(_CUMULATED, chance.random() * _CUMULATED[-1])]
    given = GIVEN_NAMES[int(chance.random() * len(GIVEN_NAMES))]
    return Name(f"{surname[0]} {given[0]}", f"{surname[1]} {given[1]}")
