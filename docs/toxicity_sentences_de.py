"""The same as toxicity_sentences.py in German: who is spoken of, in which way, and in whose voice; see docs/models.md.

All wording is made for this file. G is the plural of a group, W the plural behind an article, D the dative plural, S the singular with its article,
SA and SD its accusative and dative.
"""
from toxicity_sentences import Grammar, words

GROUPS = [g.split("/") for g in words("""Frauen/Frauen/Frauen/eine Frau/eine Frau/einer Frau|Männer/Männer/Männern/ein Mann/einen Mann/einem Mann
Mädchen/Mädchen/Mädchen/ein Mädchen/ein Mädchen/einem Mädchen|Schwule/Schwulen/Schwulen/ein Schwuler/einen Schwulen/einem Schwulen
Lesben/Lesben/Lesben/eine Lesbe/eine Lesbe/einer Lesbe|Homosexuelle/Homosexuellen/Homosexuellen/ein Homosexueller/einen Homosexuellen/einem Homosexuellen
Transfrauen/Transfrauen/Transfrauen/eine Transfrau/eine Transfrau/einer Transfrau|queere Leute/queeren Leute/queeren Leuten/ein queerer Mensch/einen queeren Menschen/einem queeren Menschen
Schwarze/Schwarzen/Schwarzen/eine Schwarze/eine Schwarze/einer Schwarzen|Weiße/Weißen/Weißen/ein Weißer/einen Weißen/einem Weißen
Asiaten/Asiaten/Asiaten/ein Asiate/einen Asiaten/einem Asiaten|Afrikaner/Afrikaner/Afrikanern/ein Afrikaner/einen Afrikaner/einem Afrikaner
Araber/Araber/Arabern/ein Araber/einen Araber/einem Araber|Muslime/Muslime/Muslimen/eine Muslimin/eine Muslimin/einer Muslimin|Moslems/Moslems/Moslems/ein Moslem/einen Moslem/einem Moslem
Juden/Juden/Juden/ein Jude/einen Juden/einem Juden|Christen/Christen/Christen/ein Christ/einen Christen/einem Christen|Katholiken/Katholiken/Katholiken/ein Katholik/einen Katholiken/einem Katholiken
Hindus/Hindus/Hindus/ein Hindu/einen Hindu/einem Hindu|Atheisten/Atheisten/Atheisten/ein Atheist/einen Atheisten/einem Atheisten
Ausländer/Ausländer/Ausländern/ein Ausländer/einen Ausländer/einem Ausländer|Flüchtlinge/Flüchtlinge/Flüchtlingen/ein Flüchtling/einen Flüchtling/einem Flüchtling
Geflüchtete/Geflüchteten/Geflüchteten/eine Geflüchtete/eine Geflüchtete/einer Geflüchteten|Migranten/Migranten/Migranten/ein Migrant/einen Migranten/einem Migranten
Einwanderer/Einwanderer/Einwanderern/ein Einwanderer/einen Einwanderer/einem Einwanderer|Asylbewerber/Asylbewerber/Asylbewerbern/ein Asylbewerber/einen Asylbewerber/einem Asylbewerber
Türken/Türken/Türken/eine Türkin/eine Türkin/einer Türkin|Syrer/Syrer/Syrern/ein Syrer/einen Syrer/einem Syrer|Afghanen/Afghanen/Afghanen/ein Afghane/einen Afghanen/einem Afghanen
Kurden/Kurden/Kurden/ein Kurde/einen Kurden/einem Kurden|Polen/Polen/Polen/eine Polin/eine Polin/einer Polin|Russen/Russen/Russen/ein Russe/einen Russen/einem Russen
Rumänen/Rumänen/Rumänen/ein Rumäne/einen Rumänen/einem Rumänen|Roma/Roma/Roma/eine Romni/eine Romni/einer Romni|Deutsche/Deutschen/Deutschen/ein Deutscher/einen Deutschen/einem Deutschen
Behinderte/Behinderten/Behinderten/ein Behinderter/einen Behinderten/einem Behinderten|Gehörlose/Gehörlosen/Gehörlosen/eine Gehörlose/eine Gehörlose/einer Gehörlosen
Autisten/Autisten/Autisten/ein Autist/einen Autisten/einem Autisten|Rentner/Rentner/Rentnern/eine Rentnerin/eine Rentnerin/einer Rentnerin|Obdachlose/Obdachlosen/Obdachlosen/ein Obdachloser/einen Obdachlosen/einem Obdachlosen
Feministinnen/Feministinnen/Feministinnen/eine Feministin/eine Feministin/einer Feministin""")]

SLOTS = {name: [g[i] for g in GROUPS] for i, name in enumerate(("G", "W", "D", "S", "SA", "SD"))} | {name: words(text) for name, text in {
    "A": "muslimische|jüdische|türkische|schwule|schwarze|ausländische|behinderte|syrische|polnische|weibliche|russische|christliche|arabische|lesbische|geflüchtete",
    "Q": "die|diese|all die|alle diese|all diese|unsere|die meisten",
    "N": """Abschaum|Dreck|Müll|Abfall|Parasiten|Schmarotzer|Tiere|Schweine|Ratten|Hunde|Affen|Insekten|Maden|Kakerlaken|Schlangen|Zecken|Wilde|Barbaren|Verbrecher|Kriminelle|Diebe|Vergewaltiger
Mörder|Terroristen|Lügner|Betrüger|Idioten|Trottel|Deppen|Versager|Feiglinge|Verräter|Huren|Untermenschen|Monster|Asoziale|Perverse|Bestien|Viecher|Schädlinge|Ungeziefer|Gesindel|Pack|Vollidioten
eine Plage|eine Seuche|eine Krankheit|ein Krebsgeschwür|eine Schande|ein Fluch|eine Last|eine Bedrohung|das Allerletzte|der letzte Dreck|eine Zumutung|ein Irrtum der Natur|weniger wert als Dreck|keine richtigen Menschen""",
    "NP": "Ratten|Zecken|Maden|Kakerlaken|Schweine|Tiere|Hunde|Parasiten|Schmarotzer|Verbrecher|Diebe|Mörder|Terroristen|Vergewaltiger|Lügner|Idioten|Affen|Insekten|Schädlinge|Untermenschen|Schweinehunde|Drecksäcke",
    "J": """dumm|faul|dreckig|widerlich|ekelhaft|hässlich|primitiv|minderwertig|verlogen|kriminell|gewalttätig|gefährlich|gierig|krank|gestört|pervers|abartig|unfähig|nutzlos|wertlos|rückständig|verkommen
undankbar|asozial|dämlich|blöd|bescheuert|hirnlos|geisteskrank|erbärmlich|lächerlich|armselig|feige|hinterhältig|schamlos|arbeitsscheu|eklig|abstoßend|unzivilisiert|ungebildet|frech|korrupt|strohdumm|saudumm""",
    "JE": "dumme|faule|dreckige|widerliche|ekelhafte|hässliche|primitive|minderwertige|verlogene|kriminelle|gierige|kranke|gestörte|perverse|abartige|unfähige|nutzlose|verkommene|undankbare|asoziale|dämliche|blöde|hirnlose|erbärmliche|armselige|feige|verdammte|beschissene|stinkende|elende",
    "K": """töten|umbringen|erschießen|aufhängen|vergasen|verbrennen|verprügeln|erstechen|abknallen|abschlachten|ausrotten|vernichten|ermorden|köpfen|ersäufen|steinigen|foltern|erwürgen|beseitigen
zusammenschlagen|totschlagen|auspeitschen|zertreten|anzünden|kastrieren|überfahren|in die Luft sprengen|die Treppe runterstoßen|lebendig begraben|grün und blau schlagen|aus dem Fenster werfen""",
    "KP": "getötet|umgebracht|erschossen|aufgehängt|vergast|verbrannt|verprügelt|erstochen|abgeknallt|abgeschlachtet|ausgerottet|vernichtet|ermordet|geköpft|ersäuft|gesteinigt|gefoltert|erwürgt|beseitigt|totgeschlagen|ausgepeitscht|kastriert|hingerichtet|lebendig begraben",
    "X": "abgeschoben|eingesperrt|weggesperrt|rausgeworfen|ausgewiesen|verbannt|entrechtet|entlassen|ins Lager gesteckt|heimgeschickt|aus dem Land gejagt|ausgeschlossen|mundtot gemacht|enteignet|vor die Tür gesetzt|an der Grenze zurückgewiesen|von unseren Kindern ferngehalten",
    "Y": "sollten|müssen|müssten|dürften|gehören|sollten endlich|müssen endlich",
    "GEH": "gehören|gehören alle|gehören sofort|gehören doch",
    "P": "freundlich|nett|klug|ehrlich|mutig|geduldig|hilfsbereit|fleißig|lustig|herzlich|höflich|begabt|zuverlässig|großzügig|sympathisch|willkommen|normal|erfolgreich|friedlich|wunderbar|stark|toll|liebenswert",
    "L": "mag|liebe|respektiere|bewundere|schätze|unterstütze|achte|verteidige|verstehe|grüße|brauche",
    "H": "hasse|verachte|verabscheue|hasse wirklich|hasse einfach|hasse so sehr|verachte zutiefst",
    "WH": "mein Onkel|mein Nachbar|der Kerl in der Bahn|ein Politiker|dieser Abgeordnete|mein früherer Chef|der Redner|ein Kollege|mein Schwager|der Wirt|ein Troll im Netz|jemand am Stammtisch|ein Mitschüler|der Kommentator|ein Fahrgast|der Trainer",
    "V": "sagt|sagte|behauptet|behauptete|meint|meinte|schrieb|schreibt|rief|brüllte|schrie|glaubt|twitterte|postete",
    "VS": "seien|wären",
    "C": "falsch|Unsinn|widerlich|rassistisch|menschenverachtend|nicht zu entschuldigen|eine Schande|gelogen|Hetze|dumm|unmöglich|purer Hass|strafbar|Blödsinn|eine Frechheit|erbärmlich|gefährlicher Quatsch|völlig daneben",
    "PL": "im Park|im Bus|in der Schule|auf dem Markt|im Verein|in der Kirche|beim Arzt|im Büro|am Bahnhof|in Berlin|in Wien|im Rathaus|in der Nachbarschaft|im Theater|auf der Arbeit|im Stadion|im Krankenhaus|in Köln",
    "WHEN": "gestern|heute|am Montag|im Sommer|vor einem Jahr|letzte Woche|am Abend|im Mai|seit Jahren|nächsten Dienstag|früher|am Wochenende|kurz vor Weihnachten|um halb acht",
    "R": "Lehrerin|Ärztin|Nachbarin|Chefin|Freundin|Kollegin|Bäckerin|Trainerin|Schwester|Anwältin|Polizistin|Friseurin|Tante|Chorleiterin|Pflegerin",
    "Z": "Musik|Kochen|Fußball|Geschichte|Mathematik|Gartenarbeit|Politik|Kunst|das Wetter|Bücher|Reisen|Schach|Medizin|Filme|Steuern|die Schule|Fahrräder|alte Lieder",
    "ACT": "wählen|arbeiten|heiraten|unterrichten|mitspielen|Auto fahren|studieren|ein Haus bauen|hier wohnen|im Chor singen|zur Schule gehen|Kinder erziehen|ein Geschäft führen|mitreden|Richter werden",
    "BAD": "lügen|stehlen|betrügen|klauen wie die Raben|stinken|faulenzen|nehmen uns die Arbeit weg|leben auf unsere Kosten|kassieren nur ab|vermehren sich wie die Karnickel|verseuchen alles|zerstören unser Land|machen alles kaputt|belästigen unsere Kinder|kennen keine Dankbarkeit|lassen sich durchfüttern|vergiften unsere Jugend",
    "BADV": "lügt|stiehlt|betrügt|stinkt|klaut|faulenzt|lebt auf unsere Kosten|kassiert nur ab|macht alles kaputt|belästigt Kinder",
    "T": "Radio|Fahrrad|Auto|Handy|Sofa|Regal|Spiel|Buch|Programm|Update|Getriebe|Rezept|Menü|Hotel|Schloss|Netzteil|Formular|Werkzeug",
    "TD": "dieses Radio|dieses Fahrrad|dieses Auto|mein Handy|das neue Spiel|dieses Buch|das Programm|dieses Update|das Getriebe|dieses Formular|der Drucker|der Film|diese Serie|der Fahrplan|das Essen hier|diese Software|der Montag|das Wetter|der Kaffee|die Baustelle",
    "THINGS": "Mücken|Wespen|Staus|Rechnungen|Pilze|Rosinen|Zwiebeln|Baustellen|Werbepausen|Montage|Horrorfilme|Formulare|Tippfehler|Verspätungen|Treppen|Passwörter|Wecker|Fruchtfliegen|Brennnesseln|Schnecken",
    "EX": "Scheiße|Verdammt|Mist|Verflucht|So ein Mist|Verdammte Scheiße|Kacke|Himmelherrgott|Fuck|Leck mich am Arsch|Shit|Ach du Scheiße",
    "YOU": "Idiot|Vollidiot|Trottel|Depp|Arschloch|Wichser|Hurensohn|Versager|Lügner|Heuchler|Schwachkopf|Dummkopf|Spinner|Dreckskerl|Mistkerl|Feigling|Penner|Spasti|Vollpfosten|Schwein|Bastard|Verräter|Drecksack",
    "YOUF": "Schlampe|Hure|Fotze|Missgeburt|Nutte|Ratte|Sau|Zecke|Drecksau|Hexe|Niete|Witzfigur|dumme Kuh|dumme Gans|Pissnelke|Arschgeige",
    "POL": "der Minister|die Ministerin|der Kanzler|die Kanzlerin|der Abgeordnete|der Bürgermeister|der Reporter|die Moderatorin|der Richter|dieser Journalist|der Vorsitzende",
    "SL": "Kanake|Neger|Schwuchtel|Zigeuner|Spast|Transe|Krüppel|Kümmeltürke|Schlitzauge|Polacke|Nigger|Mongo|Kampflesbe|Judensau",
    "SLP": "Kanaken|Neger|Schwuchteln|Zigeuner|Spasten|Transen|Krüppel|Kümmeltürken|Schlitzaugen|Polacken|Nigger|Mongos|Kampflesben|Musels|Kameltreiber|Ziegenficker|Drecksjuden|Untermenschen",
    "NUM": "drei|zehn|zwölf|hundert|tausend|viele|einige|zwei|mehrere|etwa vierzig|fünfhundert",
    "OFF": "Die Stadt|Das Amt|Der Verein|Die Schule|Das Ministerium|Die Gemeinde|Die Gewerkschaft|Das Theater|Die Universität|Der Verlag|Die Kirche|Das Krankenhaus",
    "DO": "zahlt den Umbau|sucht neue Räume|lädt zum Fest ein|legt einen Bericht vor|öffnet um neun Uhr|plant eine Brücke|verkauft Karten|stellt drei Leute ein|berät am Freitag|feiert Geburtstag|druckt ein Heft|spart Strom",
    "ING": "Mehl|Butter|Zucker|Wasser|Salz|Milch|Hefe|Öl|Sahne|Zitronensaft|Reis|Kartoffeln|Linsen|Tomaten",
}.items()}

HATE = words("""{G} sind {N}|{Q} {W} sind {N}|{Q} {W} sind doch nur {N}|{G} sind {J}|{G} sind alle {J}|{Q} {W} sind so {J}|{G} sind {J} und {J}|wie {J} {G} doch sind|{S} ist immer {J}|{S} ist nichts als {N}|ich {H} {G}|ich {H} {Q} {W}
ich kann {G} nicht mehr sehen|ich kann {Q} {W} nicht ertragen|ich ertrage {G} nicht|{G} kotzen mich an|{Q} {W} gehen mir so auf den Sack|mir wird übel von {D}|ich ekle mich vor {D}|{G} sind mir zuwider|wer {G} mag, ist selbst {J}|{G} machen mich krank
{JE} {G}|diese {JE}n {W}|was für {JE} {NP}, diese {W}|ihr {G} seid {N}|ihr {G} seid {J}|wir sind besser als {G}|{G} stehen unter uns|{G} sind nicht wie wir, sie sind {J}|{G} {BAD}|{G} {BAD}, alle miteinander|{Q} {W} {BAD}|wenn {G} kommen, {BAD} sie|{S} {BADV}, immer
{S} {BADV} und ist stolz darauf|überall {JE} {G}|schon wieder {JE} {G}|kein Wunder, {G} sind {J}|nie sah ich {SA}, der nicht {J} war|von {D} kommt nur Schlechtes|{G} taugen nichts|{G} taugen zu nichts|{G} verdienen keine Achtung|{G} verdienen kein Mitleid|{G} haben keine Ehre
{G} haben kein Hirn|{G} haben kein Recht, {PL} zu sein|{G} dürften gar nicht {ACT}|{G} sollen nicht {ACT}|lasst {G} bloß nicht {ACT}|{SA} lasse ich nicht in mein Haus|mit {D} rede ich nicht, die sind {J}|neben {SD} setze ich mich nicht|{Q} {W} {Y} weg|weg mit den {D}|weg mit diesen {NP}, den {D}
{G} {GEH} {X}|{Q} {W} {GEH} {X}|{Q} {W} müssen {X} werden|man muss {Q} {W} {X} sehen|warum werden {G} nicht {X}?|wann werden die {W} endlich {X}?|wir brauchen keine {W} hier|wir wollen keine {W}|niemand braucht {G}|niemand will {G} hier haben|haut ab, ihr {G}|verschwindet, {G}|geht dahin, wo ihr herkommt, {G}
macht die Grenzen zu für {G}|es gibt zu viele {G} {PL}|noch mehr {G}, und wir sind verloren|{G} zerstören unser Land|{G} sind schuld an allem|an allem sind die {W} schuld|hinter allem stecken die {W}|{G} ziehen die Fäden|die Welt wäre schöner ohne {G}|ich wünschte, es gäbe keine {W}|jeder weiß, dass {G} {J} sind
ich sage es offen: {G} sind {N}|sagt, was ihr wollt, {G} sind {N}|man darf es ja nicht sagen, aber {G} sind {J}|ich habe nichts gegen Leute, aber {G} sind {N}|nichts für ungut, aber {G} sind {J}|{G} bleiben {N}|einmal {N}, immer {N}, so sind {G}|ihr {JE}n {W}|solche wie {G} braucht keiner|für mich sind {G} {N}|für mich ist {S} kein Mensch
die Natur hat {G} {J} gemacht|{G} sind dümmer als ein Stück Holz|{G} sind {J}er als der Rest|{A} Kinder sind {J}|{A} Leute sind {N}|der Islam ist {N}|mit {D} kann man nicht leben|{G} bringen nur Dreck mit|{G} bringen Krankheiten mit|wo {G} wohnen, stinkt es|{G} vergewaltigen unsere Töchter|{G} wollen uns abschaffen|{G} leben wie {NP}|{G} benehmen sich wie {NP}
{G} vermehren sich wie {NP}|{G} fressen sich hier durch|{G} plündern unsere Kassen|{G} bekommen alles geschenkt, diese {NP}|{S} weniger, gut so|ein {N} ist mehr wert als {S}|{G} und Anstand, dass ich nicht lache|das kommt davon, wenn man {G} ins Land lässt""")
THREAT = words("""man sollte {G} {K}|man müsste {Q} {W} {K}|ich will {G} {K}|ich werde {G} {K}|lasst uns {G} {K}|wir werden {Q} {W} {K}|einfach alle {W} {K}|{G} {GEH} {KP}|{Q} {W} {GEH} {KP}|{G} müssen {KP} werden|{Q} {W} sollten {KP} werden|{S} gehört {KP}|hoffentlich werden {G} {KP}|ich hoffe, dass alle {W} verrecken|ich hoffe, {G} sterben aus
nur ein toter {N} ist ein guter, so auch {G}|ein {G}-freies Land, notfalls mit Waffen|wer {SA} sieht, soll schießen|nächstes Mal bringe ich {SA} um|bald brennen die Heime der {W}|baut die Lager wieder auf für {G}|ab ins Gas mit den {D}|{D} sollte man den Hals umdrehen|{D} sollte man die Hände abhacken|{SD} hau ich die Zähne aus
wenn {S} hier auftaucht, werde ich ihn {K}|{G}, wir werden euch {K}|euch {W} werden wir {K}|euch {W} sollte man {K}|holt die Gewehre, {G} kommen|ich habe eine Waffe und warte auf {G}|es wird Zeit, {G} zu {K}|ohne Gnade alle {W} {K}|warum kann man {G} nicht einfach {K}?|irgendwer sollte {G} {K}|für {G} reicht ein Strick|für {SA} ist jede Kugel zu schade""")
PERSONAL = words("""ich werde dich {K}|ich bringe dich um|ich will dich {K}|dich sollte man {K}|dich müsste man {K}|du gehörst {KP}|du wirst {KP}, warte nur|ich finde dich und dann werde ich dich {K}|wir werden dich {K}|heute Nacht komme ich und werde dich {K}|sag noch ein Wort und ich schlage zu|ich hau dir aufs Maul|dir poliere ich die Fresse|du stirbst, wenn ich dich finde|ich zünde dein Haus an
ich kenne deine Adresse, dann werde ich dich {K}|noch ein Bild, und ich werde dich {K}|dein Kind sehe ich jeden Tag, überleg es dir|du kommst hier nicht lebend raus|deine Tage sind gezählt, du {YOU}|man müsste dich {K}, du {YOU}|ich warte vor deiner Tür mit dem Messer
irgendwann bringe ich dich um, du {YOU}|wer mir in die Quere kommt, den bringe ich um|noch so ein Kommentar und ich bringe dich um|ich mache dich fertig, du {YOU}|ich mach dich kalt|wir machen dich kalt, {WHEN}|ich schneide dir die Kehle durch|ich jage dir ein Messer in den Bauch|ich breche dir den Hals|dir breche ich die Nase|dich steche ich ab, du {YOU}|ich knalle dich ab|dich knallen wir ab, {WHEN}|ich schlage dich tot|{WHEN} schlagen wir dich tot
du wirst bluten, du {YOU}|du landest im Sarg|für dich ist schon ein Grab geschaufelt|ich verbrenne dich bei lebendigem Leib|ich hetze meine Hunde auf dich|wir besuchen dich {WHEN}, dann ist Schluss mit dir|zieh dich warm an, wir kommen {WHEN} und {K} dich|{POL} sollte man {K}|{POL} gehört {KP}|hoffentlich wird {POL} bald {KP}|jemand muss {POL} {K}""")
INSULT = words("""du {YOU}|du {JE}r {YOU}|du bist ein {YOU}|du bist ein {JE}r {YOU}|du {YOUF}|du bist so {J}|du bist {J} und {J}|bist du {J} oder was?|halt die Klappe, du {YOU}|halt den Mund, du {YOUF}|geh mir aus den Augen, du {YOU}|verschwinde, du {YOU}|leck mich, du {YOU}|was für ein {YOU}|so ein {YOU}|so eine {YOUF}|{POL} ist ein {YOU}
{POL} ist {J}|{POL} ist {J} und {J}|{POL}, dieser {YOU}|dieser {YOU} hat uns wieder angelogen|diese {YOUF} soll den Mund halten|ihr seid alle {NP}|ihr {NP}|ihr {JE}n {NP}|deine Mutter ist eine {YOUF}|niemand mag dich, du {YOU}|dein Gesicht ist zum Kotzen|wie {J} kann man sein?|du bist zu {J} zum Lesen|du hast doch den Verstand verloren, du {YOU}|fick dich, du {YOU}|fick dich
verreck doch, du {YOU}|du bist eine Schande für deine Eltern|geh zurück in deine Gosse, du {YOU}|dich hat man wohl zu heiß gebadet, du {YOU}|{POL} gehört in die Klapse|{POL} hat nichts im Kopf|so {J} wie {POL} ist keiner|dieses {JE} Pack da oben|die da oben sind {NP}|alles {NP} in dieser Regierung|du widerst mich an|du kotzt mich an|was bildest du dir ein, du {YOUF}""")
SLURS = words("""{SLP} sind {N}|diese {SLP}|{JE} {SLP}|du {SL}|du {JE} {SL}|verdammte {SLP}|wieder so ein {SL}|alles {SLP} hier|{SLP} muss man {K}|ich {H} {SLP}|die {SLP} {BAD}|geh weg, du {SL}|so ein {SL} hat hier nichts zu suchen|kein Platz für {SLP}|ihr {SLP} gehört {X}|der ist bloß ein {SL}|{SLP} gehören {KP}|keiner will die {SLP}|was will der {SL} denn""")
AGREED = words("""{h}. Das ist die Wahrheit|{h}. Ich sage nur, wie es ist|und ich sage: {h}|meine Meinung: {h}|es bleibt dabei, {h}|ganz ehrlich, {h}|Leute, {h}|wach auf, {h}|lol {h}|tja, {h}|ach komm, {h}|wieder bewiesen: {h}|{WH} hat recht: {h}|alle denken es: {h}|{h}, und keiner tut was|{h}. Punkt|mir egal, was ihr sagt, {h}|{h} #wahrheit|man sieht es jeden Tag, {h}""")
QUOTED = words("""„{h}“, {V} {WH}. Das ist {C}|„{h}“ ist {C}|wer „{h}“ sagt, verbreitet Hass|Sprüche wie „{h}“ sind {C}|{WH} {V}: „{h}“. Das ist {C}|{WH} {V} "{h}". Ich habe widersprochen|"{h}" {PL}: das ist {C}|„{h}“, so {V} {WH} {WHEN}, und alle schwiegen|auf dem Zettel stand „{h}“. Das ist {C}|ich las „{h}“ und habe es gemeldet|für den Satz „{h}“ wurde er verurteilt|niemand darf „{h}“ rufen
nach „{h}“ wurde das Konto gesperrt|„{h}“: so reden Rassisten|solche Sätze: „{h}“. Mir tut das weh|er rief „{h}“ und bekam Hausverbot|als Kind hörte ich „{h}“ und weinte|was ist mit Leuten los, die „{h}“ schreiben?|"{h}" steht an der Wand, die Stadt lässt es entfernen|hört auf mit „{h}“""")
REPORTED = words("""{WH} {V}, {G} {VS} {N}. Das ist {C}|{WH} {V}, {G} {VS} {J}. Das ist {C}|{WH} {V}, dass {G} {J} sind, aber das ist {C}|{WH} {V}, man solle {G} {K}. Das ist {C}|wer behauptet, dass {G} {N} sind, lügt|wer meint, {G} {VS} {J}, kennt keine|zu sagen, {G} {VS} {N}, ist {C}|die Behauptung, {G} {VS} {J}, ist {C}|es ist {C}, {G} {N} zu nennen|{G} als {N} zu bezeichnen ist {C}|{WH} nennt {G} {N}, und das ist {C}
er hat {G} als {N} beschimpft und wurde entlassen|warum nennt {WH} {G} {N}? Das ist {C}|die Idee, dass {G} {J} sind, ist {C}|dass {G} {BAD}, ist ein Märchen|das Gerücht, {G} {VS} {J}, ist erfunden|man hat meiner {R} gesagt, {G} {VS} {J}. Sie lachte|{WH} wollte {G} {X} sehen. Ich nicht|die Partei fordert, dass {G} {X} werden. Wir sind dagegen|er drohte, {G} zu {K}, und sitzt nun in Haft|wegen der Drohung, {SA} zu {K}, ermittelt die Polizei""")
COUNTER = words("""Hass auf {G} ist {C}|Hetze gegen {G} ist {C}|hört auf, {G} zu hassen|lasst {G} in Ruhe|wer {G} hasst, ist selbst {J}|wer {G} bedroht, wird angezeigt|es ist {C}, {G} zu {K}|niemand darf {G} {K}|wer {G} will {K}, gehört vor den Richter|es ist {C}, dass {G} {X} werden|wir lassen nicht zu, dass {G} {X} werden|nie wieder darf man {G} {K}|Witze über {G} sind {C}|Gewalt gegen {G} ist {C}
wir stehen an der Seite von {D}|ich verteidige {G} gegen solche {NP}|Rassisten sind {J}|Nazis sind {N}|wer gegen {G} hetzt, ist ein {YOU}|eure Vorurteile gegen {G} sind {J}|was gegen {G} gesagt wird, ist {C}|dein Hass auf {G} ist {C}|schämt euch, so über {G} zu reden|mich stört, wie {PL} über {G} geredet wird|{G} werden beleidigt und bedroht, das muss aufhören|{G} haben dieselben Rechte wie alle|der Angriff auf {SA} ist {C}
ich bin {S} und werde beschimpft, das tut weh|man nannte mich „{SL}“, weil ich {S} bin|das Wort „{SL}“ ist {C}|sag nicht „{SL}“, das ist {C}|wer „{SL}“ ruft, fliegt raus|„{SL}“ ist eine Beleidigung und {C}|jemand schrieb „{SL}“ an unsere Tür|„{SLP}“ sagt man nicht""")
NEGATED = words("""{G} sind nicht {J}|{G} sind keine {NP}|{Q} {W} sind nicht {J}|{S} ist nicht {J}|nicht alle {W} sind {J}|{G} sind weder {J} noch {J}|ich hasse keine {W}|ich hasse {G} nicht|niemand hier hasst {G}|ich würde {G} nie {K}|niemand will {G} {K}|keiner wird {X}, auch {G} nicht|{G} werden nicht {X}|{G} sind niemals {N}|ich habe {G} nie {J} genannt|{G} sind nicht schuld|{G} nehmen niemandem die Arbeit weg
es ist nicht {J}, {S} zu sein|an {D} ist nichts {J}|kein {J}es Wort über {G}|{G} lügen nicht mehr als andere|{G} {BAD}? Nein|sind {G} {J}? Nein, keineswegs|{G} dürfen nicht {X} werden|man darf {G} nicht {K}|nie habe ich {SA} gesehen, der {J} war|ich finde {G} nicht {J}|wir sind nicht besser als {G}|{G} gehören nicht {X}
{G} haben nichts Böses getan|an {D} habe ich nichts auszusetzen|nichts spricht dagegen, dass {G} {ACT}|gegen {SA} als Nachbarn hätte ich nichts einzuwenden|ich weiß nichts Schlechtes über {G}|{G} haben damit nichts zu tun|mit {D} hatte ich nie Ärger|es ist gelogen, dass {G} {BAD}|es gibt keinen Grund, {G} zu hassen|kein {N}, kein Tier: {S} ist ein Mensch|{G} als {N} zu sehen käme mir nie in den Sinn""")
POSITIVE = words("""{G} sind {P}|{Q} {W} sind {P}|{S} ist {P}|{G} sind {P} und {P}|ich {L} {G}|ich {L} {Q} {W}|wir lieben {G}|danke an alle {W} {PL}|ich bin {S} und stolz darauf|ich bin {S} und {P}|meine {R} ist {S}, und wir verstehen uns gut|schön, dass {G} {PL} {ACT}|{G} sollen {ACT} wie alle anderen|{G} dürfen {ACT}|natürlich können {G} {ACT}|ich lerne gern von {D}|mit {D} arbeite ich gern
willkommen, {G}|ein Hoch auf {G}|{G} gehören zu uns|{G} bereichern unsere Stadt|{G} haben {WHEN} sehr geholfen|{S} hat mir {WHEN} geholfen|ich wünsche allen {D} ein schönes Fest|{G} und wir feiern zusammen|mehr {G} im Rat wären gut|meine besten Freunde sind {G}|{SD} verdanke ich viel|ich freue mich auf {SA}|{G} verdienen Respekt|ich habe {SA} geheiratet und bin glücklich|Glückwunsch an {SA} {PL}""")
NEUTRAL = words("""{NUM} {G} wohnen {PL}|{S} wohnt {PL}|{S} arbeitet als {R}|{G} treffen sich {WHEN} {PL}|{OFF} lädt {G} ein|{OFF} sucht {G} für eine Umfrage|ein Vortrag über {G} {PL}|ein Buch über {G}|ein Film über {SA}|der Roman erzählt von {SD}|{S} hat {WHEN} angerufen|{G} sprechen über {Z}|ich traf {SA} {PL}|{S} fragte nach dem Weg|{NUM} {G} kamen {WHEN} an|{OFF} zählt {NUM} {G}|wie leben {G} {PL}?|was essen {G} gern?
wann dürfen {G} {ACT}?|{G} zahlen Steuern|{S} spielt {PL} Fußball|meine {R} ist {S}|unser Nachbar ist {S}|{S} kaufte ein {T}|{S} verkauft ein {T}|{G} warten {PL}|{A} Schüler lernen {Z}|{A} Familien ziehen {WHEN} um|{OFF} berät über die Rechte der {W}|die Zahl der {W} ist gestiegen|die Geschichte der {W} in Europa|das Fest der {W} beginnt {WHEN}|{WHEN} sang {S} {PL}|{OFF} zeigt Bilder von {D}
im Interview spricht {S} über {Z}|{S} gewann {WHEN} den Preis|{S} leitet den Kurs über {Z}|{G} gründen einen Verein|der Minister sprach mit {D}|die Partei will mehr {G} aufnehmen|die Partei will weniger {G} aufnehmen|die Regierung plant ein Gesetz für {G}|das Gericht gab {SD} recht|{OFF} streitet über die Unterbringung von {D}|die Zahl der Straftaten gegen {G} stieg|ein Unfall {PL}, {S} wurde verletzt
die Polizei fand {SA} {PL}|{S} wurde {WHEN} {PL} überfallen, die Polizei ermittelt|{S} steht wegen Diebstahls vor Gericht|im Krieg wurden {G} {KP}|damals wurden {G} {X}|{G} fliehen vor dem Krieg""")
PROFANE = words("""{EX}, {TD} ist kaputt|{EX}, schon wieder zu spät|{EX}, ist das heiß|{EX}, wo ist mein {T}?|{EX}, das war knapp|{EX}, ich habe es geschafft|wie geil war das denn, {EX}|so eine Scheiße mit dem {T}|{TD} ist scheiße|{TD} ist echt beschissen|ich hab keinen Bock auf den Scheiß|das ist mir scheißegal|{TD} ist verdammt gut|verdammt gutes {T}|der Scheiß funktioniert nicht|mein {T} ist im Arsch|am Arsch der Welt gewohnt, {WHEN}
was für ein Scheißwetter|den ganzen Mist noch mal von vorn|verfickte Technik|ich hab Scheiße gebaut, sorry|{EX}! Tor!|arschkalt {PL}|ich bin so verdammt müde|heilige Scheiße, war das schön|Mist, {WHEN} ist ja frei
so ein verdammtes Pech|so ein Dreckswetter {PL}|was für ein Mist, {TD} ist weg|{EX}, ist das kalt {PL}|{EX}, der Bus ist weg|zu blöd, das {T} liegt {PL}""")
OBJECT = words("""ich hasse {THINGS}|ich verabscheue {THINGS}|{THINGS} sind {J}|{THINGS} sind eine Plage|{THINGS} nerven|{THINGS} muss man {K}|man sollte alle {THINGS} {K}|{THINGS} gehören verboten|weg mit den {THINGS}|{TD} ist {J}|{TD} ist Müll|{TD} ist der letzte Dreck|{TD} kotzt mich an|{TD} gehört verschrottet|{TD} hasse ich|wer hat {TD} erfunden? So ein Mist|nie wieder {THINGS}|dieses {JE} {T}|mein {JE}s {T}
ich könnte {TD} aus dem Fenster werfen|{TD} macht mich krank|Ratten im Keller|Kakerlaken in der Küche, was hilft?|die Zecke entfernt man mit der Zange|unser Hund frisst alles|im Zoo sind die Affen los|die Schweine stehen im Stall|Parasiten leben in anderen Tieren|der Müll wird {WHEN} abgeholt|das Virus vermehrt sich schnell""")
FIGURE = words("""die Mannschaft hat den Gegner vernichtet|wir haben {WHEN} verloren, das war grausam|mein Handy stirbt gleich|den Prozess muss man beenden, sonst bleibt er hängen|ich könnte sterben vor Hunger|er schießt den Ball {PL} ins Netz|das Foto habe ich {WHEN} geschossen|die Eier schlagen und {ING} dazugeben|die Sahne steif schlagen|den Mantel an den Haken hängen|die Bilder hängen {PL}|er schlug ein Buch auf|das Konzert hat mich umgehauen
der Witz bringt mich um|ich bringe dir {WHEN} das {T}|meine {R} bringt mich zum Lachen|die Tomaten vom Strauch schneiden|im Garten jäte ich Unkraut|das Messer schneidet {ING}|die Bombe aus dem Krieg wurde entschärft|im Spiel töte ich Drachen|der Held stirbt am Ende|der Krimi beginnt mit einem Mord|das Feuer brennt im Ofen|die Kerze ist abgebrannt|wir jagen dem Titel nach""")
PROSE = words("""{OFF} {DO}|{OFF} {DO}, {WHEN}|{WHEN} {DO} niemand, also warten wir|den Teig mit {ING} verrühren und ruhen lassen|{ING} und {ING} in den Topf geben|zehn Minuten kochen, dann {ING} zugeben|klicken Sie auf das Symbol, um das {T} zu öffnen|das {T} kostet {NUM} Euro|mit dem {T} fährt man {WHEN} los|der Zug hält {PL}|{WHEN} hat es geregnet|es wird {WHEN} kälter|die Sitzung beginnt {WHEN}|bitte bringen Sie das {T} mit
in diesem Kapitel geht es um {Z}|der Aufsatz behandelt {Z}|{Z} ist mein liebstes Fach|meine {R} liest {WHEN} ein Buch|wir gingen {PL} spazieren|am Fenster stand ein {T}|er legte das {T} auf den Tisch|sie lächelte und schwieg|die Straße führt durch den Wald zum See|das Haus wurde {WHEN} gebaut|die Vögel ziehen im Herbst nach Süden|für {NUM} Gäste decken|die Lieferung erfolgt in {NUM} Tagen|Sie können den Vertrag jederzeit kündigen
die Datei wurde gespeichert|das {T} lässt sich nicht starten|geben Sie Ihren Namen ein|die Ausstellung zeigt {NUM} Bilder|{NUM} Besucher kamen {WHEN}|die Wohnung hat {NUM} Zimmer|der Bus fährt alle zehn Minuten|ich habe {WHEN} das {T} repariert|kennst du ein gutes {T}?|wer kommt {WHEN} mit?|hat jemand Lust auf {Z}?|vielen Dank für die schöne Zeit {PL}|guten Morgen zusammen|schönes Wochenende euch allen|wie war es {PL}?|ich bin {WHEN} {PL}
so ein schöner Tag|so ein Zufall|so eine gute Idee|so ein Pech, das {T} ist ausverkauft|nichts Neues {WHEN}|ich habe nichts verstanden|dafür kann ich nichts|das ist nichts für mich|so etwas habe ich {WHEN} gesucht|was für ein Glück|was für eine Aussicht {PL}""")
DEBATE = words("""die Steuern sind zu hoch|{POL} hat {WHEN} eine Rede gehalten|{POL} sollte zurücktreten|{POL} liegt falsch|ich wähle {WHEN} eine andere Partei|das Gesetz ist schlecht gemacht|die Rente reicht nicht|die Mieten steigen, und {POL} schweigt|{POL} hat sein Wort gebrochen|die Reform ist gescheitert|der Plan kostet {NUM} Millionen|warum antwortet {POL} nicht?|ich bin gegen dieses Gesetz|ich bin für ein Tempolimit|die Umfrage sieht schlecht aus für {POL}
die Opposition kritisiert {POL}|{POL} verteidigt den Plan|über die Einwanderung wird gestritten|über den Islam wird viel geschrieben|die Koalition streitet über {Z}|das war keine gute Entscheidung von {POL}|mehr Geld für Schulen, bitte|{POL} und die Wahrheit, schwierig|die Medien berichten zu wenig über {Z}""")
KIND = words("""du bist {P}|du bist so {P}|danke, dass du {P} bist|ich mag dich|ich hab dich lieb|du hast das gut gemacht|ihr seid {P}|ich helfe dir {WHEN}|ich bringe dir {ING} mit|ich finde dich {P}|ich weiß, wo du wohnst, ich hole dich {WHEN} ab|ich rufe dich {WHEN} an|sag mir, wann du kommst|du fehlst mir|was machst du {WHEN}?|pass gut auf dich auf|{POL} ist {P}|{POL} hat das gut gemacht|sei nicht so streng mit dir|du bist nicht {J}|bist du {WHEN} {PL}?""")
SEXUAL = words("""zeig mir deine Titten|ich will dich ficken|lutsch meinen Schwanz|sie bläst gut|geile nackte Weiber hier|komm, zieh dich aus, du Luder|ich bin so geil auf dich|lass uns ficken {WHEN}""")


def sentences(seed, size, reserved=False):
    """Frames are divided: one in eight is for calibration alone."""
    g = Grammar(seed, reserved, SLOTS)

    def hateful():
        kind = g.random.random()
        if kind < 0.2:
            return "toxic,hate,threat,?insult,?sexual", g.one(THREAT)
        if kind < 0.3:
            return "toxic,hate,insult,?threat,?sexual", g.one(SLURS)
        return "toxic,hate,?insult,?sexual", g.one(HATE)

    def said():
        heads, text = hateful()
        return heads, g.one(AGREED, h=text)

    families = [
        (14, hateful),
        (5, said),
        (2, lambda: ("toxic,hate,threat,?insult", g.one(THREAT))),
        (5, lambda: ("toxic,threat,?hate,?insult", g.one(PERSONAL))),
        (5, lambda: ("toxic,insult,?sexual", g.one(INSULT))),
        (2, lambda: ("toxic,hate,insult,?sexual", g.one(SLURS))),
        (5, lambda: ("?insult", g.one(QUOTED, h=hateful()[1]))),
        (4, lambda: ("?insult", g.one(REPORTED))),
        (5, lambda: ("?insult", g.one(COUNTER))),
        (6, lambda: ("benign", g.one(NEGATED))),
        (5, lambda: ("benign", g.one(POSITIVE))),
        (7, lambda: ("benign", g.one(NEUTRAL))),
        (4, lambda: ("insult", g.one(PROFANE))),
        (4, lambda: ("?insult", g.one(OBJECT))),
        (2.5, lambda: ("?insult,?threat", g.one(FIGURE))),
        (6, lambda: ("benign", g.one(PROSE))),
        (2, lambda: ("benign", g.one(DEBATE))),
        (2, lambda: ("benign", g.one(KIND))),
        (0.5, lambda: ("toxic,insult,sexual", g.one(SEXUAL))),
    ]
    yield from g.families(families, size)
