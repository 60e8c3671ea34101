"""Two models side by side: what each takes and how fast it is, and how far apart the same sentences sound.

`trial` speaks with one model in a process of its own, `spectra` compares what was said, `hearing` and `opinion` judge
it where their extras are installed, `comparison` puts it together, `page` and `pictures` write it down.
"""

from __future__ import annotations

SENTENCES = (
    "今天天气很好，我们一起去公园散步吧。",
    "请问去火车站怎么走？前面路口向左转，再走三百米就到了。",
    "银行的营业时间是上午九点到下午五点。",
    "他高兴地跳了起来：我终于成功啦！",
    "这种机器人能听懂普通话，也会说几句英语，比如OK和Hello。",
    "小花儿在墙根儿底下睡着了，女儿轻轻地走过去看她。",
    "第二十三届运动会将于下个月在重庆举行，欢迎各位朋友光临。",
    "您的取票号码是A一零五，请到三号窗口办理。",
)
"""Every kind of sound, marks, English, er-hua; spelled as they are said."""
