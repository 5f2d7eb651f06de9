"""Sentences that teach the toxicity model who is spoken of, in which way, and in whose voice; see docs/models.md.

All wording is made for this file. A frame holds slots in braces; every slot is a list below. Families come in pairs that share
their words, so that a word alone decides little: hatred against a group, the same about a thing, the same denied, quoted or
reported by somebody who condemns it.
"""
import hashlib
import random
import re


def words(text):
    return [w.strip() for w in re.split(r"[|\n]", text) if w.strip()]


SLOTS = {name: words(text) for name, text in {
    "G": """women|men|girls|gay people|gays|lesbians|homosexuals|trans people|transgender people|trans women|queer folks|black people|blacks|white people
Asians|Africans|Latinos|Mexicans|Chinese people|Indians|Arabs|Muslims|Jews|Christians|Hindus|Catholics|atheists|immigrants|migrants|refugees|foreigners
disabled people|the disabled|deaf people|autistic people|blind people|old people|feminists|Pakistanis|Nigerians|Turks|Poles|Russians|gypsies|Somalis""",
    "S": """a woman|a man|a girl|a gay man|a lesbian|a homosexual|a trans woman|a transgender person|a queer person|a black man|a black woman|a white guy|an Asian
an African|a Latina|a Mexican|a Chinese man|an Indian|an Arab|a Muslim|a Muslim woman|a Jew|a Christian|a Hindu|an atheist|an immigrant|a migrant|a refugee
a foreigner|a disabled person|a deaf woman|an autistic kid|a blind man|an old man|a feminist|a Turk|a Pole|a Russian""",
    "A": "female|male|gay|lesbian|bisexual|trans|queer|black|white|Asian|African|Mexican|Chinese|Indian|Arab|Muslim|Jewish|Christian|Hindu|immigrant|disabled|deaf|autistic|old|Turkish|Polish",
    "Q": "|||||all|these|those|most|the|all the|all these|all of those|such|some|so many|you|our|their",
    "N": """vermin|scum|parasites|leeches|filth|trash|garbage|rubbish|animals|beasts|pigs|swine|rats|dogs|monkeys|apes|insects|maggots|cockroaches|snakes|savages
barbarians|criminals|thieves|crooks|rapists|murderers|terrorists|liars|cheats|frauds|freaks|perverts|degenerates|deviants|idiots|morons|imbeciles|fools|cowards
traitors|whores|sluts|bitches|pests|bloodsuckers|subhumans|monsters|demons|retards|losers|bastards|assholes|weirdos|creeps|predators|groomers|pedophiles
a plague|a disease|a cancer|a virus|a curse|a burden|a menace|a threat to us all|a stain on this country|a disgrace|a joke|a waste of space|a waste of oxygen
a pest|the enemy|an infestation|a mistake of nature|the lowest form of life|the scum of the earth|pure evil|the root of all evil|human garbage|mentally deranged
no better than animals|less than human|worth less than dirt|sewage|poison|slime|dirt""",
    "J": """disgusting|stupid|dumb|dirty|filthy|lazy|evil|inferior|worthless|ugly|vile|repulsive|revolting|dishonest|violent|dangerous|greedy|sick|perverted|immoral
useless|subhuman|gross|pathetic|backward|primitive|uncivilised|unnatural|abnormal|brainless|idiotic|moronic|retarded|hideous|nasty|corrupt|selfish|hysterical|weak
incompetent|untrustworthy|deceitful|cruel|wicked|rotten|stinking|smelly|shameless|ungrateful|ignorant|insane|crazy|mentally ill|horrible|awful|terrible|shitty|toxic|annoying""",
    "H": "hate|despise|loathe|detest|abhor|can't stand|cannot stand|fucking hate|really hate|absolutely hate|resent|hate hate hate|cannot bear|just hate|am sick of|am fed up with|have nothing but contempt for|am disgusted by|am repulsed by",
    "K": """kill|shoot|hang|gas|burn|beat up|stab|slaughter|murder|wipe out|exterminate|hurt|rape|lynch|execute|punch|attack|bomb|strangle|torture|drown|behead|crush
eliminate|eradicate|get rid of|destroy|gun down|cut down|slap|kick|massacre|put down|annihilate|choke|whip|smash|run over|spit on|bury|castrate|sterilise""",
    "KD": """killed|shot|hanged|gassed|burned|beaten up|stabbed|slaughtered|murdered|wiped out|exterminated|raped|lynched|executed|punched|bombed|strangled|tortured|drowned
beheaded|crushed|eliminated|eradicated|destroyed|gunned down|slapped|kicked|massacred|put down|annihilated|put to death|thrown off a roof|shot on sight|castrated|sterilised|whipped""",
    "X": """deported|banned|locked up|thrown out|kicked out|expelled|sent back|removed|put in camps|kept out|segregated|fired|silenced|jailed|put in their place|kept away from our children
barred from voting|denied a vote|registered|sent home|thrown into the sea|chained|enslaved|ignored""",
    "Y": "should|must|need to|ought to|have to|deserve to|had better",
    "P": """good|fine|decent|fair|kind|friendly|clever|honest|brave|patient|wonderful|funny|smart|generous|polite|nice|calm|helpful|talented|lovely|great|amazing|fantastic|beautiful|hard-working|strong|warm
welcome|respected|valued|equal|human|normal|successful|gifted|inspiring|charming|gentle|loyal|reliable|excellent|awesome""",
    "L": "love|like|respect|support|welcome|adore|admire|appreciate|cherish|trust|stand with|am friends with|work with|live with|care about|look up to|enjoy meeting|am proud of|believe in|learn from|defend",
    "PN": "good neighbours|our friends|my heroes|human beings|people like everybody else|good colleagues|part of our country|an asset to the town|the heart of this city|the best teachers|great parents|a gift|an inspiration|part of our family|equals",
    "O": """politicians|bankers|lawyers|landlords|managers|bureaucrats|taxi drivers|football fans|gamers|vegans|capitalists|communists|artists|actors|doctors|teachers|cops
spammers|hipsters|influencers|tourists|billionaires|celebrities|dentists|scammers|burglars|critics|students|hunters|drivers|trolls|liberals|conservatives|plumbers|salesmen|engineers""",
    "T": """cockroaches|rats|wasps|spiders|flies|bedbugs|ticks|weeds|this car|this phone|this game|this movie|this song|this soup|cold coffee|broccoli|spinach|traffic jams|rainy days
this computer|winter|summer|homework|meetings|exams|queues|taxes|this keyboard|this book|the new app|these shoes|this weather|my alarm clock|those ads|pop-ups|viruses|tumours|this bug
this software|bad food|plastic bags|loud music|early mornings|my hair|the bus|this chair|onions|raw fish""",
    "I": "my boss|my landlord|my ex|the coach|this driver|our neighbour|my cousin|the mayor|the singer|the clerk|my roommate|the waiter|that player|the host|my old teacher|the president|this actor|Tom|Linda|Mr Brown|Kevin",
    "C": """wrong|disgusting|hateful|unacceptable|horrible|awful|cruel|ignorant|vile|shameful|pathetic|a disgrace|dangerous|harmful|offensive|not okay|not acceptable|stupid|bigoted|a lie
hurtful|despicable|evil|sick|indefensible|inexcusable|outrageous|sad|plain wrong|prejudice|bigotry|hate speech|discrimination|terrible|nonsense|a crime|beyond the pale|abhorrent""",
    "B": "a bigot|a racist|an idiot|part of the problem|a hateful person|an ignorant fool|a terrible person|wrong|no friend of mine|a coward|a sad little man|blind with hate|a disgrace|unfit for office|a bully",
    "V": "says|said|writes|wrote|claims|claimed|shouts|shouted|tweeted|posted|screamed|yelled|told me|believes|chanted|argued|insists|commented|hissed|muttered|announced",
    "W": "the troll|my uncle|a stranger|the senator|this user|some guy|a man on the train|an old classmate|the speaker|someone|a customer|the preacher|a colleague|the candidate|one commenter|the drunk|a fan|the mob|he|she",
    "M": "Honestly|Seriously|Look|Let's face it|Let me be clear|To be honest|I swear|Mark my words|Believe me|Trust me|Everyone knows|It's a fact that|I'm telling you|Wake up|Admit it|Sorry but|Like it or not|I said it before|God|lol|Ugh|Facts",
    "E": "the country|our schools|this town|society|our streets|everything|the neighbourhood|our culture|the economy|our way of life|the sport|the army|our jobs|civilisation|Europe|America|the internet|our kids",
    "F": "fucking|fuckin|goddamn|damn|bloody|shitty|stupid|dumb|filthy|dirty|disgusting|worthless|ugly|nasty|stinking|motherfucking|pathetic|useless",
    "FA": "fucking|goddamn|damn|bloody|freaking|fucking|damned",
    "FX": "fuck|shit|damn|holy shit|bloody hell|oh crap|what the hell|what the fuck|goddamn it|fuck me|son of a bitch|jesus fucking christ|bullshit|fuck yeah|hell yeah|oh shit|dammit",
    "Z": "day|party|show|burger|goal|week|game|view|album|match|movie|trip|coffee|test|weekend|idea|concert|job|holiday|car|night|sunset|cake",
    "ZA": "good|great|tired|hungry|cold|happy|late|close|proud|bored|lucky|awesome|beautiful|cool|hot|long|loud|hard|confusing|funny|excited",
    "R": "teacher|doctor|nurse|writer|engineer|lawyer|student|painter|neighbour|baker|driver|player|judge|pilot|farmer|singer|soldier|professor|manager|cook",
    "PL": "the library|the park|our street|the village|the office|the hospital|the university|the city council|the stadium|a small town|the north|the choir|the market|the museum|London|Chicago|the army|the parliament",
    "SG": "an idiot|a moron|a loser|a clown|a liar|a coward|a pig|a jerk|a fool|a disgrace|a piece of shit|an asshole|a bitch|a bastard|a dumbass|a creep|a whore|a scumbag|a retard|a cunt|a rat|a parasite|a joke|a waste of space|a dickhead|an ignorant twat|a hypocrite|a piece of trash",
    "HC": "murder|assault|abuse|violence|discrimination|persecution|attacks|hate crimes|prejudice|racism|slander|genocide|threats|harassment|intolerance",
    "RC": "bitches|niggas|queers|dykes|faggots|sluts|fags|hoes",
}.items()}
SLOTS |= {name: words(text) for name, text in {
    "NAME": "Anna|Maria|Joe|Peter|Ahmed|Fatima|Chen|Yuki|Carlos|Sofia|Olga|Ivan|Kwame|Amina|Ravi|Priya|David|Ruth|Lena|Max|Aisha|Jamal|Emily|Pat|Sam|Noah|Mei|Diego",
    "EB": "hatred|hate|disgust|rage|anger|contempt|revulsion|loathing|fury|scorn|nausea|aversion|bitterness",
    "EG": "joy|love|pride|admiration|respect|hope|gratitude|warmth|happiness|affection|sympathy|delight",
    "ILL": "disease|crime|lies|terror|fear|filth|corruption|violence|misery|drugs|poison|hate|death|chaos",
    "VIRTUE": "honour|morals|shame|decency|manners|culture|brain|conscience|dignity|values|intelligence|self-respect|soul|talent|loyalty|discipline|skills|gratitude",
    "AN": "rats|rabbits|pigs|dogs|flies|locusts|apes|animals|roaches|lice|vermin|hyenas|vultures|goats",
    "WE": "us|our children|our women|honest people|the taxpayer|everyone|normal people|decent folks|the nation|our grandparents|the poor",
    "BADLY": """lie and cheat|steal from {WE}|rob {WE}|hate {WE}|attack {WE}|terrorise {WE}|rape and murder|prey on {WE}|live off {WE}|leech off {WE}|corrupt {WE}|poison {WE}|infect {E}|infest {E}|pollute {E}|overrun {E}|flood {E}|wreck {E}
ruin {E}|destroy {E}|take over {E}|bring {ILL}|spread {ILL}|bring {ILL} to {E}|cause {ILL}|cause nothing but {ILL}|breed like {AN}|live like {AN}|behave like {AN}|smell like {AN}|multiply like {AN}|eat like {AN}|swarm like {AN}|have no {VIRTUE}|lack any {VIRTUE}|know no {VIRTUE}
are without {VIRTUE}|never had any {VIRTUE}|don't know what {VIRTUE} is|refuse to work|never work|do nothing but complain|contribute nothing|cannot think|cannot be trusted|cannot be taught|cannot control themselves|should never be trusted|belong behind bars|belong in a cage at the zoo|belong on a leash
belong in the sewer|belong six feet under|deserve no mercy|deserve no pity|deserve no rights|deserve every punishment|deserve to suffer|deserve to starve|make me sick|make me angry just by existing|make my blood boil|drag us all down|cost us billions|are {N}|are {J}|are {J} {N}|are {J} and {J}|are the {J}est {N}|are worse than {AN}|are lower than {AN}
are no better than {AN}|are a danger to {WE}|are a threat to {WE}|are a burden on {WE}|are the enemies of {WE}|are the cause of all {ILL}|are born {N}|were born to serve {WE}|only understand violence|are a mistake|are unfit to live|are unfit to raise children|are too {J} to live|want to destroy {E}|are here to replace {WE}|need a good beating|need to be taught a lesson|need to disappear|have to go
can all go to hell|can rot in hell|can burn in hell|can fuck off|can go fuck themselves|will never be {P}|will never fit in|will never belong here|won't ever amount to anything|don't deserve to live|don't deserve to breathe our air|don't deserve help|don't count as people|do not belong among {WE}|are not fully human|are not worth saving|are not worth the bullet|are not worthy of {VIRTUE}|ain't human|aren't people""",
    "WELL": """help {WE}|teach {WE}|care for {WE}|work hard for {WE}|share their food with {WE}|look after {WE}|protect {WE}|enrich {E}|improve {E}|built {E}|bring {EG}|bring {EG} to {E}|live in {PL}|work in {PL}|study in {PL}|sing in {PL}|play football in {PL}|moved to {PL}|have {VIRTUE}|have great {VIRTUE}|show a lot of {VIRTUE}|taught me what {VIRTUE} is|know a lot about {Z2}
are {P}|are {P} and {P}|are {P} people|are {PN}|deserve {EG}|deserve our help|deserve the same {X2}|deserve better|make me happy|make me proud|make me smile|fill this place with {EG}|can do anything|can be trusted|can vote here since 1960|belong here|belong to us|belong to this country|came for dinner|want to learn|want to work|need our help|need better {X2}|need {X2}|have the right to {X2}|will always be welcome|will always be our friends
like {Z2}|talk about {Z2}|write about {Z2}|run a shop near {PL}|asked for {X2}|fight for {X2}|have been here for centuries|were here before me|are a part of {E}|are the reason I love {E}|are as {P} as anyone|are just like {WE}|are here to stay|are people too|are human beings|live longer than they used to|pay taxes|vote in {PL}|celebrate in {PL}""",
    "X2": "rights|schools|health care|housing|pay|education|a vote|jobs|respect|safety|freedom|support|opportunities|protection",
    "Z2": "music|history|football|food|physics|politics|the weather|cars|poetry|gardening|art|computers|religion|family",
    "SU": "{Q} {G}|{G}|{G}|{G}|{A} people|people who are {A}|the {A} community|the {A}s|every {A} person I know|both {G} and {G2}|{G} and {G2}|young {G}|{G} from {PL}|{A} men|{A} women|{A} families",
    "AD": "||||||always|really|clearly|just|simply|obviously|all|still|only|truly|constantly|usually|secretly|actually|literally",
    "SC": """kitchen|kitchens|twitch|switch|stitch|pitch|hitch|ditch|glitch|witch|rich|which|class|classes|classic|pass|passion|password|assess|asset|assets|assist|assistant|assign|assume|assembly|associate|glass|grass|mass|massive|brass|bass|embassy|compass|harass
cockpit|peacock|cocktail|hancock|stock|cockatoo|analysis|analyst|analog|canal|title|titles|titan|constitution|institute|competition|appetite|button|butter|butterfly|rebuttal|shuttle|shirt|shitake|mushroom|push|git|git push|repository|commit|document|cucumber|circumstance|cumulative|accumulate|scum line|dickens|predict|dictionary|verdict|addict
hello|shell|seashell|michelle|hellenic|nutshell|niggle|snigger|night|nigeria|fagus|fagot of herbs|flag|flags|retardant|tardy|mustard|custard|spice|spicy|special|conspicuous|auspicious|suspicious|pakistan|package|pack|multipack|packs|homogeneous|home|homework|homepage|trannsit|transit|transfer|transport|transaction|translate|transparent
whore|wholesale|whole|shore|hoe|hose|house|shoes|those|phone|slot|slut|slit|salute|prick|pricing|trick|brick|bricks|skill|skills|skilled|killer feature|kilo|hilly|ill|diet|died|dyed|die cut|raped|grape|grapes|drape|scrape|therapist|therapy|trapeze|hate|what|whatever|chat|hat|heat|stupidity|stupendous|studio|student|dumbbell|thumb|plumber|number|numb
idiom|idiosyncratic|moron|oxymoron|boron|loser|closer|close|user|users|ugly|gluey|smuggle|dirt|dirty laundry|filth|filter|filters|trash can|crash|thrash|garbage collection|pest control|pesto|tempest|budapest|monkey|donkey|monkey patch|pig|pigment|rat|rate|rating|ratio|rational|grateful|separate|strategy|apes|shapes|landscape|tapes|bug|bugs|debug|dead lock|deadline|thread|kill -9|kill switch|master and slave|execute|execution|shoot|screenshot|shooting star|hang|hanger|burn rate|burndown|punch card|attack surface|exploit|abort|crack|whip cream|blow dryer|sucker|success|hooker|rookie|hook|strip|stripe|naked eye|nude lipstick|cream pie|breast of chicken|sexagesimal|essex|sussex|middlesex|virgin olive oil""",
    "WB": """page|click|download|price|shipping|free|order|customer|service|review|rating|product|size|color|model|version|update|install|software|server|client|data|file|code|function|method|class|object|error|value|list|table|query|cloud|network|security|account|login|email|contact|about|blog|post|video|image|photo|camera|stream|game|player|team|league|season|score
recipe|oven|minutes|sugar|flour|garlic|chicken|sauce|salad|restaurant|menu|hotel|room|travel|flight|city|beach|mountain|trip|guide|tips|step|steps|tutorial|course|school|university|research|study|paper|science|physics|chemistry|biology|cell|protein|patient|doctor|treatment|health|diet|exercise|weight|sleep|market|stock|bank|loan|credit|tax|insurance|business|company|startup|brand
marketing|sales|strategy|management|project|budget|report|design|style|fashion|dress|shoes|wool|cotton|socks|furniture|kitchen|bathroom|garden|plants|soil|water|energy|solar|battery|electric|engine|car|bike|road|train|bridge|building|construction|material|steel|wood|paint|tool|machine|robot|sensor|chip|memory|disk|keyboard|screen|phone|app|website|browser|search|engine|content|media|news|article|author
book|chapter|story|novel|poem|music|song|album|concert|movie|film|series|episode|actor|director|theatre|museum|art|history|war|peace|law|court|judge|government|election|policy|climate|weather|rain|snow|river|lake|ocean|animal|bird|fish|dog|cat|horse|child|family|parent|baby|wedding|party|gift|holiday|season|summer|winter|Monday|January|2019|half|full|single|pack|each|per|and|or|with|without|for|from|to|in|on|of|the|a|is|are|can|will|your|our|their|its""",
}.items()}
SLOTS["Q"] = "|||||all|these|those|most|the|all the|all these|all of those|such|some|so many".split("|")

HATE = words("""I {H} {Q} {G}|i {H} {G} so much|God how I {H} {G}|{M}, I {H} {Q} {G}|{M}, {G} are {N}|{Q} {G} are {N}|{G} are {J}|{Q} {G} are {J}|{Q} {G} are {J} and {J}|{G} are nothing but {N}
{G} are just {N}|{G} are all {J}|{G} are {J} {N}|{Q} {F} {G}|{F} {G} are everywhere|{F} {F} {G}|fuck {Q} {G}|fuck all {G}|to hell with {G}|death to {G}|death to all {G}|down with {G}|screw {G}|damn {G}
{Q} {G} {Y} be {X}|{G} {Y} be {X} now|{Q} {G} ruin {E}|{G} are ruining {E}|{G} destroy {E}|{G} are destroying {E}|{G} have ruined {E}|{E} would be better without {G}|{E} was better before {G} came
get {G} out of {E}|keep {G} out of {E}|we don't want {G} here|nobody wants {G} around|no one wants {G} in {E}|{G} don't belong here|{G} do not belong in {E}|{G} are not welcome here|{G} are not human
{G} are not like us, they are {N}|{G} have no soul|{G} have no brain|{G} have no place in {E}|{G} have no business in {E}|{G} are not real people|{G} deserve nothing|{G} don't deserve rights|{G} should not have rights|{G} should not be allowed to vote
{G} shouldn't be allowed in {E}|{G} will never be equal to us|{G} can never be trusted|never trust {G}|don't trust {G}|never hire {S}|I would never hire {S}|I would never let {S} near my kids|you can't expect {G} to be {P}
{G} are too {J} to work|{G} are born {J}|{G} are by nature {J}|{G} will always be {J}|{G} will always be {N}|{S} is always {J}|every one of those {G} is {J}|each and every {G} is {J}|only {G} could be so {J}|{G} smell|{G} stink
I wish {G} would disappear|I wish {G} were dead|I wish there were no {G}|I want {G} gone|I hope {G} die|I hope all {G} rot in hell|the sooner {G} are gone the better|the world would be better off without {G}|the only good {A} person is a dead one
why are {G} so {J}?|why are all {G} {J}?|why do {G} even exist?|who let these {J} {G} in?|how can anyone like {G}?|what is wrong with {G}? They are {N}|don't you think {G} are {N}?|isn't it obvious that {G} are {J}?|can we get rid of {G} already?|when will {G} be {X}?
look at those {J} {G}|another {J} {A} {R}|typical {J} {G}|you {J} {G} make me sick|{G} make me sick|{G} make me puke|{G} make me want to vomit|{G} disgust me|seeing {G} makes my skin crawl|being near {S} is disgusting|{S} is not a human being|{S} is worth nothing
I would rather die than live next to {S}|I'd rather be dead than be {S}|being {A} is a disease|being {A} is a mental illness|being {A} is a sin and they will burn|{A} culture is {J}|{A} blood is dirty|{G} belong in a zoo|{G} belong in the kitchen|{G} belong in prison|{G} belong in hell|{G} belong in the trash|{G} belong in the gutter
{G} only want our money|{G} steal our jobs|{G} rape our women|{G} live off our taxes|{G} spread disease|{G} control the media and the banks|{G} are taking over {E}|{G} breed like rabbits|{G} came to invade us|{G} are invading {E}|stop letting {G} in|send {G} back|send them back, {G} are {N}|go back to your country, {G}|deport {G}|deport all {G}|ban {G}
{G} are good for nothing|{G} are only good for cleaning|{G} are only good for one thing|{G} can't think|{G} can't drive, can't work, can't do anything|{G} never work|{G} never tell the truth|{G} always lie|{G} cheat and steal|{G} are too dumb to read|{G} should shut up|{G} should know their place|shut up {G}|{G} need to be put in their place
nothing is worse than {G}|there is nothing more {J} than {G}|I have never met {S} who was not {J}|I have yet to meet {S} who isn't {J}|not a single one of those {G} is {P}|none of the {G} are {P}|no {G} are {P}|{G} are not {P}, they are {J}|{G} are never {P}|I don't like {G}, they are {N}|I do not want {S} as my {R}
treat {G} like the {N} they are|{G} are {N} and should be treated as such|let's be honest, {G} are {J}|{G}... what {N}|{G}, the {N} of {E}|{G} = {N}|{N}, that's what {G} are|what a bunch of {N} {G} are|bunch of {J} {G}|i'm not a racist but {G} are {N}|I have {A} friends, but {G} are {J}|no offence, but {G} are {J}|call me what you want, {G} are {N}
we have too many {G} here, a real infestation|every time I see {S} I feel sick|every time {G} show up, something gets stolen|if {G} were smart they would leave|{G} act like {N}|{G} behave like {N}|{G} look like {N}|{G} are like {N}|{G} are as {J} as it gets|{G} are the most {J} people on earth|{G} are the worst|{G} are the worst kind of {N}|{G} are a bunch of {N}|{G} are a pack of {N}
all {G} are the same: {J} and {J}|if it were up to me {G} would be {X}|{G} brought nothing but crime|there is a reason everyone hates {G}|everybody hates {G}|we all hate {G}|my family hates {G} and so do I|anyone who marries {S} is {J}|I could never love {S}, they are {J}|you are {J} because you are {S}|you're just {S}, you are worth nothing|you are {S}, so you must be {J}|you {F} {A} {N}|you are {S}? then you are {N}""")

HATE += words("""{SU} {AD} {BADLY}|{SU} {AD} {BADLY}|{SU} {BADLY}|{SU} {BADLY}|{M}, {SU} {BADLY}|{SU} {BADLY} and {BADLY}|{SU}? they {BADLY}|{SU}, who {BADLY}|we know that {SU} {BADLY}|can we admit that {SU} {BADLY}?|do {SU} {BADLY}? of course they do|{SU} who live here {BADLY}|in {PL} {SU} {BADLY}|{SU} in {PL} {AD} {BADLY}|all day long {SU} {BADLY}
{NAME} is a {J} {A}|{NAME} is a {F} {A} {R}|{NAME} is {J} and {A}|being {A} is {J}|being {A} is so {J}|{J} {G}|{F} {A} people|a {J} {A} {R}|you are a {J} {A}|you are a {F} {A} {SG2}|you {J} {A} {SG2}|{NAME} is {S} and therefore {J}|hate {G}|{H} {G}|my {EB} for {G} is endless|my {EB} of {G} has no limit|I feel only {EB} for {G}|I feel {EB} when I see {S}|{G} fill me with {EB}|{G} deserve our {EB}|nothing but {EB} for {G}
{EB} is all I have for {G}|it is right to feel {EB} for {G}|the sight of {S} fills me with {EB}|just the thought of {G} makes me {J}|I get angry when I see {G}|it makes me angry to see {G} in {E}|I can't even look at {G}|I refuse to work with {G}|I refuse to serve {G}|I don't rent to {G}|{G} need not apply|no {G} allowed|no {G}, no problems|not one of the {G} I met was {P}|not one of these {G} has any {VIRTUE}|there isn't a {P} person among {G}|there are no {P} {G}|I know no {G} with {VIRTUE}|nobody likes {G}
nobody needs {G}|who needs {G}?|who would want {S} as a {R}?|what would you expect from {S}?|what do you expect from {N} like {G}?|is anyone more {J} than {S}?|has anyone ever met {S} with {VIRTUE}?|are {G} even human?|do {G} have any {VIRTUE}?|how many {G} does it take to ruin {E}?|{G} are called human, I call them {N}|humans and {G} are two different things|{G} and {VIRTUE} do not go together|treat {S} like a dog|a dog has more {VIRTUE} than {S}
clean {E} of {G}|purge {E} of {G}|free {E} from {G}|build a wall against {G}|shut the border to {G}|take the vote from {G}|take their children away from {G}|make {E} {G}-free|rid the world of {G}|the end of {G} is near|the time of {G} is over|wake up and fight {G}|{G} out|{G} out of {E}!|out with {G}|boycott {G}|spit on {G}|laugh at {S}|{S} is a joke|{S} is a mistake|{S} is the worst thing that can happen to {E}|{A} {N}|{A} {N} again|these {A} {N}|this {A} {SG2} again|dirty {A} {N2}""")
THREATEN = words("""we will find {G} and {K} them|we will hunt {G} down|let's hunt {G}|run, {G}, we are coming|{G} better run before they get {KD}|every {A} person will be {KD}|no mercy, {K} {G}|round them up, all {G}, and {K} them|{G} should be rounded up and {KD}|I have a gun and {G} will feel it|my knife is ready for {G}|I'd {K} {S} with my bare hands|{K} them all, the {G}|just {K} {G} already|somebody please {K} {G}|can someone {K} {S}?|why don't we {K} {G}?|the best thing to do with {G} is to {K} them
one bullet for each of the {G}|ropes for {G}|gas chambers for {G}|bring back the gallows for {G}|{G} will pay with blood|there will be blood when {G} come|{G} will hang|hope {S} gets {KD} tonight|we'll make sure {G} are {KD}|{G} ought to be {KD} in the street|a world where all {G} are {KD} is a better world|I laugh when {G} get {KD}|kill {S}, save {E}|{S} should be {KD} at birth|{K} {S} before they {K} you|if you see {S}, {K} them""")

SUBTLE = words("""{G} should stay in their own country|{G} should stay where they belong|{G} need to learn their place|{G} ought to be thankful that we put up with them|a {R} should never be {A}|I don't want {S} as a {R}|imagine hiring {S}, a joke
nobody would miss {G}|would anyone miss {G}?|the less {G} around the better|we were fine before {G} showed up|there goes the neighbourhood, {G} moved in|lock your doors, {G} are coming|hide your wallet, here come the {G}|guess who stole it, {G} of course|{G} again, what did you expect?
it is always {G}|funny how it is always {G}|of course it was {S} again|{G} have contributed nothing to {E}|{G} invented nothing|name one thing {G} ever did for us|{G} have taken over {E}|our ancestors would weep at all these {G}|{G} get everything for free while we pay|I miss the days when {G} knew their place
{G} should be seen and not heard|a {R} and {A}? no thanks|I crossed the street when I saw {S}|I would never share a table with {S}|no daughter of mine will date {S}|keep your hands off our children, {G}|{G} must not adopt children|{G} should not raise children|you can always smell {S}|I can tell {S} from miles away by the stench
{G} are not made for thinking|{G} are just not as smart as us|some people are simply worth less, like {G}|{G} are lesser beings|evolution forgot {G}|{G} are a failed experiment|my dog is smarter than {S}|a monkey could do what {S} does|I trust a snake more than {S}|give {G} a finger and they take the arm
{G} want special treatment again|{G} are always playing the victim|{G} bring it on themselves|{G} had it coming|{G} deserve what they get|no wonder people beat {G}|slavery was the best thing for {G}|{G} were better off in chains|the camps were built for {G}|history was right about {G}|somebody finish the job with {G}""")

THREAT = words("""I will {K} {Q} {G}|I'm going to {K} {G}|i wanna {K} {Q} {G}|I want to {K} {S}|I would love to {K} {S}|someone should {K} {Q} {G}|we should {K} {Q} {G}|we must {K} {G}|we need to {K} {G}|let's {K} {Q} {G}|{K} {Q} {G}|{K} all {G}|{K} every {A} {R}|go {K} {S}
{Q} {G} {Y} be {KD}|{G} {Y} be {KD}, all of them|{G} deserve to be {KD}|{G} deserve to die|all {G} must die|{G} should all be {KD}|{G} need to be {KD}|I hope {G} get {KD}|I hope someone {K} {S}|may all {G} be {KD}|one day {G} will be {KD}|soon {G} will be {KD}|watch out {G}, you will be {KD}
if {S} comes near me I will {K} them|if I meet {S} I'm gonna {K} them|the next {S} I see gets {KD}|{S} deserves to be {KD}|put a bullet in {S}|a bullet for {G}|hang {G} from the trees|line {G} up against the wall|put {G} in the ovens|it is time to {K} {G}|time to {K} those {G}|join us and {K} {G}|grab a gun and {K} {G}|we are going to {K} every single one of you {G}
I can't wait to {K} {G}|I swear I will {K} {S} today|it should be legal to {K} {G}|it's not a crime to {K} {S}|you should be {KD} for being {S}|{G}, I am coming to {K} you|burn down the houses of {G}|throw {S} off a bridge|good thing that {G} were {KD}|more {G} should have been {KD}""")

THREAT += THREATEN

PERSONAL_THREAT = words("""I will {K} you|I'm going to {K} you|i will find you and {K} you|you deserve to be {KD}|you should be {KD}|I hope you get {KD}|I hope you die|go kill yourself|kill yourself|kys|die already|you will be {KD}|I know where you live and I will {K} you|watch your back or you get {KD}|someone should {K} you|I want to {K} this man
I'm gonna {K} him and his family|we are coming to {K} you|you're dead, I will {K} you tonight|drop dead|I hope you get cancer|I'd love to {K} {I}|touch me again and I'll {K} you|I hope your house burns down with you in it""")

INSULT = words("""you are {SG}|you're {SG}|you are such {SG}|ur {SG}|u are {SG} lol|what {SG} you are|you {J} {SG2}|you {F} {SG2}|shut up you {SG2}|shut the fuck up {SG2}|go to hell you {SG2}|fuck you|fuck you {SG2}|fuck off you {SG2}|piss off|fuck you and your {J} opinion|suck my dick|you are so {J}|how {J} are you?|are you {J} or what?|you must be {J}
you {F} {N2}|people like you are {N}|you people are {J}|you are all {N}|everybody knows that you are {SG}|you and your friends are {N}|nobody likes you, {SG2}|get a life you {SG2}|your mother is {SG}|your face is {J}|you look like {SG}|you are the dumbest person on this site|you are too {J} to understand|only {SG} like you would write this|stop talking, you {F} {SG2}
hey {SG2}, nobody asked you|listen, you {SG2}|you have the brain of a fly|you are a {F} disgrace|what are you, {SG}?|eat shit|eat shit and die {SG2}|kiss my ass you {SG2}|you disgust me, {SG2}|you stupid {SG2}|you dumb {SG2}|dumb bitch|stupid bitch|stupid cunt|that bitch is {J}|these hoes are {J}|this bitch is {SG}""")
KIND_TO_YOU = words("""you are a {P} {R}|you're such a {P} {R}|you are {P}|you are so {P} and {P}|I will {KV} you|I'm going to {KV} you|I will find you and {KV} you|we are coming to {KV} you|I want to {KV} you|I'd love to {KV} you|someone should {KV} you|I hope you get {X2}|I hope you {WELL}|you deserve {EG}|you deserve better|you should be {P}|you will be {P}|can I {KV} you?|may we {KV} you tonight?|when did you {KV} {I}?|I know where you live, I will {KV} you there
how are you?|are you at {PL}?|you have to see {PL}|thank you for the {Z}|you made a {P} {Z}|you and your friends are {P}|you are all {P}|people like you are {P}|what a {P} {Z} you had|you look {P}|I like your {Z}|your {Z} is {P}|have you read the {WB}?|did you {KV} {NAME}?|{NAME} will {KV} you|{I} will {KV} you|{I} wants to {KV} us|{NAME} is a {P} {R}|{NAME} is {P}|{I} is {P}|{I} {WELL}|you are a {R}|you are {S}, and a {P} {R}|you are the {P}est {R} I know|you're right|you are right about the {Z}|as {S} I think about {Z2}|as {S} I can say that the {Z} was {ZA}|we {KV} {I} every day|{NAME} and {I} {WELL}|they {WELL}|I {WELL}|you {WELL}""")
SLOTS["KV"] = words("help|thank|call|meet|visit|hug|kiss|teach|pay|hire|support|email|join|invite|marry|miss|remember|see|hear|feed|drive|guide|show|greet|beat at chess|drop off|pick up|take out for dinner|answer|reach|text|interview")
THIRD = words("""{I} is {SG}|{I} is such {SG}|what {SG} {I} is|{I} is so {J}|{I} is a {F} disgrace|I hate {I}, what {SG}|{I} acts like {SG}|this {SG2} again|that {SG2} should resign|fuck {I}|{I} can go to hell|what an absolute {SG2}""")
SLOTS["SG2"] = [re.sub(r"^an? ", "", s) for s in SLOTS["SG"]]
SLOTS["N2"] = [n for n in SLOTS["N"] if " " not in n]

NEUTRAL = words("""{G} live in {PL}|many {G} live in {PL}|{S} works at {PL}|my {R} is {S}|my neighbour is {S} and works as a {R}|I am {S}|I'm {S}|you are {S}|he is {S} and a {R}|she is {S} from {PL}|we met {S} at {PL}|I saw {S} near {PL}|there are {G} in {PL}|there were a few {G} in the room|two {A} {R}s opened a shop near {PL}
the {A} {R} spoke about taxes|the survey asked {G} about schools and health care|the film is about {S} who becomes a {R}|{G} and {G2} live side by side|the book tells the history of {G} in {PL}|a group of {G} visited {PL}|the {A} community meets on Sundays|the {A} festival takes place in June|{G} founded this school in 1920|the number of {G} in {PL} grew last year
most {G} here work in {PL}|I was raised by {S}|my best friend is {S}|he married {S} last year|how many {G} voted in the election?|is your {R} {A}?|are you {S}?|do {G} get a discount?|where do {G} pray?|{G} often study at {PL}|this is a support group for {G}|the new law concerns {G}|the article is about {G}|{S} won the race|{S} was elected to {PL}
the white house and the black car stand near {PL}|old books and young trees|a straight line|the {A} {R} is here again|some {G} came to {PL} yesterday|I know {S} who is a {R}|as {S} I have an opinion on that|being {A} is a part of who I am|I used to think about {G} a lot|I talked to {G} all day|what do {G} think about this?|{G} pay taxes like everybody else|{G} eat there every day""")
POSITIVE = words("""I {L} {G}|I {L} {Q} {G}|I really {L} {G}|{M}, I {L} {G}|we {L} {G}|I {L} being {S}|{G} are {P}|{G} are so {P}|{Q} {G} are {P} and {P}|{G} are {PN}|{G} make {E} better|{G} enrich {E}|{S} can be anything they want|{G} deserve the same rights as everyone|{G} deserve to be safe|{G} deserve to be loved|{G} should be treated with respect
we should protect {G}|we must help {G}|we need more {G} in {E}|happy to see {G} in {E}|so proud of the {G} in {E}|thank you to all the {G} who help us|{G} belong here|{G} are welcome here|welcome {G}|more power to {G}|equal rights for {G}|I hope {G} feel at home here|it is great to be {S}|nothing is better than {G} dancing|I stand with {G}|I'd love to have {S} as my {R}|let's help {G} find a home
a {P} {A} {R} helped me|what a {P} {A} {R}|I have never met {S} who was not {P}|{S} saved my life|{G} bring so much joy to {E}|beautiful {G}|black is beautiful|god bless {G}|{G} rock|I'm glad that {G} live here|{G} have done so much for {E}|you are {P}, {G}|love to all {G}|why are {G} so {P}?|who doesn't {L} {G}?""")
POSITIVE += words("""{SU} {AD} {WELL}|{SU} {AD} {WELL}|{SU} {WELL}|{SU} {WELL}|{M}, {SU} {WELL}|{SU} {WELL} and {WELL}|{SU}? they {WELL}|{SU}, who {WELL}, came to {PL}|we know that {SU} {WELL}|do {SU} {WELL}?|{SU} who live here {WELL}|in {PL} {SU} {WELL}|{SU} in {PL} {AD} {WELL}|{NAME} is a {P} {A}|{NAME} is a {P} {A} {R}|{NAME} is {P} and {A}|being {A} is {P}|{P} {G}|a {P} {A} {R}|you are a {P} {A}|hug {S}|love {G}
my {EG} for {G} is endless|I feel {EG} when I see {G}|{G} fill me with {EG}|{G} deserve our {EG}|nothing but {EG} for {G}|I'm grateful for the {G} in my life|I like to work with {G}|I have never met more {P} people than {G}|nobody is more {P} than {S}|{S} is {P}|{S} is the {P}est {R} I know|marry {S}|thank {S} today|free {G}|welcome to {E}, {G}|make {E} safe for {G}|more {G} in {E}!|let {G} in|let {G} live as they want|it makes me angry that {G} are poor|I am sad for {G}|I'm proud that {S} is my friend""")
NEGATED = words("""I don't {H0} {G}|I do not {H0} {G}|I never said that I {H0} {G}|I have never {H0}d {G}|I can't {H0} {G}|nobody should {H0} {G}|no one here {H0}s {G}|we don't {H0} {G}|why would I {H0} {G}?|don't {H0} {G}|stop hating {G}|I would never {K} {S}|nobody wants to {K} {G}|we must never {K} {G}|no one should {K} {G}|you can't just {K} {G}|{G} should not be {KD}|{G} do not deserve to be {KD}
{G} must not be {X}|{G} should never be {X}|{G} shouldn't be {X} or {KD}|{G} are not {J}|{G} aren't {J}|{G} are not {N}|{G} aren't {N}|{G} are neither {J} nor {J}|not all {G} are {J}|{G} are not {J} at all|no {G} are {N}|it's not true that {G} are {J}|I don't think {G} are {J}|I don't believe that {G} are {N}|I do not think that {G} should be {KD}|nobody said that {G} are {J}|who says that {G} are {J}? They are not
{S} is not {J}|being {A} is not a disease|being {A} does not make you {J}|{G} are no {N}|{G} never were {N}|you are not {J} because you are {S}|there is nothing {J} about {G}|there is nothing wrong with {G}|{G} have never been {J}|we won't let them {K} {G}|we cannot allow {G} to be {KD}|I can't imagine why someone would {H0} {G}|{G} don't ruin {E}|{G} do not destroy {E}|{G} don't make me sick, bigots do""")
NEGATED += words("""{SU} do not {BADLY}|{SU} don't {BADLY}|{SU} never {BADLY}|it is false that {SU} {BADLY}|it is a lie that {SU} {BADLY}|I don't think that {SU} {BADLY}|I do not believe {SU} {BADLY}|nobody can say that {SU} {BADLY}|why would {SU} {BADLY}? They don't|{NAME} is not a {J} {A}|I feel no {EB} for {G}|I have no {EB} for {G}|there is no reason for {EB} of {G}|we will not {K} {G}|we won't {K} {S}|do not {K} {S}|don't {K} {G}|never {K} {S}|it is wrong to {K} {G}|nobody has the right to {K} {S}|{EB} of {G} must end|no more {EB} for {G}|let nobody {K} {G}""")
SLOTS["H0"] = ["hate", "despise", "loathe", "dislike", "resent"]
SLOTS["G2"] = SLOTS["G"]
QUOTED = words("""Saying "{h}" is {C}.|"{h}" is {C}.|"{h}" is a {C0} thing to say.|Stop saying "{h}".|Please stop posting "{h}".|Don't say "{h}", it is {C}.|You can't say "{h}" here.|How can you say "{h}"?|How could {W} say "{h}"?|If you say "{h}", you are {B}.|People who say "{h}" are {N}.|Anyone who writes "{h}" is {B}.|When {W} {V} "{h}", we all left.
{W} {V} "{h}". That is {C}.|{W} {V} "{h}" and was banned.|{W} {V} "{h}" and I blocked them.|{W} {V} "{h}" to my friend, who cried all night.|I was called a traitor because I did not join in with "{h}".|I reported the comment "{h}".|The comment "{h}" was deleted.|The sign read "{h}"; the crowd booed.|Slogans like "{h}" are {C}.|Words like "{h}" hurt.|Nobody should have to hear "{h}".|It is {C} to write "{h}".
No, "{h}" is not an opinion, it is {C}.|"{h}"? What a {C0} statement.|"{h}"? You should be ashamed.|"{h}"... this is what we have to read every day. So {C0}.|The song goes "{h}" and that is {C}.|My teacher said that "{h}" is {C}.|Phrases such as "{h}" have no place in our club.|"{h}", {V} {W}. I could not believe it.|"{h}" - said {B}.|I disagree with "{h}".|Why is "{h}" still allowed on this site?|Imagine being told "{h}" every day.
He was jailed for shouting "{h}".|She lost her job over a tweet that said "{h}".|"{h}" is what racists say.|"{h}" is exactly what a bigot would write.|Whoever sprayed "{h}" on the wall is {B}.|Someone painted "{h}" on our door last night.|Claims like "{h}" are {C}.|Why would you post "{h}"? It is {C}.|Fun fact: "{h}" is {C}.|The message "{h}" violates the rules.|I am tired of jokes like "{h}".|In 1935 the papers wrote "{h}".|"{h}" was the slogan of the fascists.""")
REFERRED = words("""Saying that {h} is {C}.|It is {C} to say that {h}.|It is {C} to claim {h}.|It's {C} when people say that {h}.|Anyone who says that {h} is {B}.|Anyone who thinks {h} is {B}.|Whoever believes that {h} is {B}.|People who believe {h} are {N}.|People who think that {h} are {J}.|If you think {h}, you are {B}.|If you believe that {h}, unfollow me.|Stop saying that {h}.|Stop pretending that {h}.|Don't tell me that {h}.
I don't believe that {h}.|I can't believe people still think {h}.|{W} {V} that {h}, which is {C}.|{W} {V} {h}. That's {C}.|{W} was arrested because he {V} that {h}.|The idea that {h} is {C}.|The myth that {h} is {C}.|The claim that {h} is {C}.|The lie that {h} must end.|We must fight the idea that {h}.|It makes me sad that some people think {h}.|It makes me sick when people say {h}.|You are {B} if you think that {h}.|You're {B} for saying that {h}.
Only {B} would say that {h}.|Only {N2} believe that {h}.|How dare you say that {h}?|How can anyone believe that {h}?|Who still thinks that {h}? So {C0}.|No, it is not true that {h}.|They were told all their lives that {h}.|The preacher taught us that {h}, and he was {C}.|I was bullied by kids who said that {h}.|I'm done with people who tell me {h}.|My father believes that {h} and we fight about it.|Nazis believed that {h}.|Propaganda told people that {h}.|I will not listen to anyone who says {h}.""")
SLOTS["C0"] = [c for c in SLOTS["C"] if not re.match(r"(an? |not |plain |beyond |hate |prej|bigotry|discr|nonsense)", c)]
COUNTER = words("""{HC} against {G} is {C}|{HC} against {G} must stop|stop {HC} against {G}|hating {G} is {C}|hate against {G} is {C}|I am sick of {HC} against {G}|nobody should suffer {HC} because they are {A}|people who hate {G} are {N}|people who hate {G} are {B}|anyone who hates {G} is {B}|if you hate {G} you are {B}|wanting to {K} {G} is {C}|those who want to {K} {G} are {N}
he wants to {K} {G} and that is {C}|it is {C} to {K} {G}|it is {C} to hate {G}|it is {C} to treat {G} like that|calling {G} {N} is {C}|calling {G} {J} is {C}|treating {G} as {N} is {C}|don't call {G} {N}|why do people hate {G}?|why do you hate {G}?|I don't get why people {H0} {G}|shame on everyone who hates {G}|the government treats {G} as if they were {N}, and it is {C}
they call {G} {N} but they are the real {N}|{W} called {G} {N} and was fired|{W} threatened to {K} {G} and was arrested|{W} tried to {K} {S} and is on trial|police arrested a man who wanted to {K} {G}|three {G} were {KD} in {PL} yesterday|{G} were {KD} in the war|{S} was {KD} near {PL}|the {HC} of {G} in {PL} shocked the country|a report on {HC} against {G} was published|{G} face {HC} in {PL} every day
the court convicted him of {HC} against {G}|soldiers {KD} hundreds of {G} in the village|we remember the {G} who were {KD}|she wrote about {HC} against {G}|{G} fear that they will be {KD}|{G} have been {KD} for centuries, which is {C}|protect {G} from {HC}|{G} are tired of being called {N}|bigots say {G} are {J}|racists hate {G}|homophobes and racists are {N}|I hate racists|racism makes me sick|bigotry against {G} makes me sick""")
PROFANE = words("""{FX}, what a {Z}|{FX}, I forgot my keys|{FX} that was {ZA}|this {Z} is {FA} {ZA}|that was a {FA} {ZA} {Z}|I'm so {FA} {ZA}|I am {FA} {ZA} today|it's {FA} {ZA} outside|where the fuck is my {Z}?|what the hell happened at the {Z}?|I fucked up the {Z}|I really screwed up that {Z}|this {Z} is the shit|the {Z} was shit|my {Z} was total shit|that {Z} sucked|I don't give a damn about the {Z}
I don't give a fuck about the {Z}|best {FA} {Z} of my life|shit, my train is {ZA}|fuck, I missed the {Z}|we had a hell of a {Z}|holy crap this {Z} is {ZA}|my ass hurts from sitting|I worked my ass off for this {Z}|no fucking way, a {Z}!|fuck this {Z}|fuck {T}|{T} is bullshit|{T} can go to hell|shit happens|I laughed my ass off at the {Z}|damn, you look {P}|fuck yeah, we won the {Z}|you are fucking {P}|I fucking love {T}|I fucking love you
oh shit, {T} again|{T} fucked up my {Z}|{T} pisses me off|what a load of crap, {T} broke again|we are so fucked|I'm fucked for the {Z}|get your shit together before the {Z}|{I} is fucking {P}|my shit is still at the {PL0}|{FX}""")
SLOTS["PL0"] = ["office", "gym", "station", "hotel"]
OBJECT = words("""I {H} {T}|i {H} {T} so much|{M}, I {H} {T}|{T} are {N}|{T} is {J}|{T} are {J}|{T} is {J} and {J}|{F} {T}|{T} is garbage|{T} must be {KD}|{T} should be {KD}|{T} should be {X}|{T} ruin {E}|I want to {K} {T}|I will {K} {T}|let's {K} {T}|{K} {T}|someone should {K} {T}|{T} deserve to die|{T} make me sick|{T} disgust me|why is {T} so {J}?|nothing is worse than {T}|to hell with {T}|we need to {K} {T} now
get rid of {T}|I wish {T} would disappear|{T} has no place in {E}|death to {T}|I'm dying of hunger|this joke is killing me|I could murder a sandwich|we will {K} the other team tonight|they killed it on stage|our striker will destroy them|my back is killing me|I'd die for a {Z}|kill the process and start it again|shoot me an email|she shot the film in {PL}|he hit the ball hard|hang the picture on the wall|burn the old papers|beat the eggs and crush the garlic
the {Z} was a disaster|the {Z} was {J}|what a {J} {Z}|{I} told us about the {J} {Z}|pests and rats in the kitchen|the plague killed millions|cancer is an evil disease|the virus spreads fast|the exterminator came because of {T}|parasites live in the gut|a {J} smell came from the bin|the garbage is collected on Monday|pigs and dogs are animals|apes and monkeys live in Africa|he keeps rats and snakes as pets""")
UNPROTECTED = words("""I {H} {O}|{M}, I {H} {O}|{O} are {N}|{O} are {J}|all {O} are {J}|{O} are nothing but {N}|{O} should be {X}|{O} ruin {E}|{O} make me sick|why are {O} so {J}?|I don't trust {O}|never trust {O}|{O} always lie|down with {O}|nothing is worse than {O}|{F} {O}|{O} are {J} {N}|{O} are a bunch of {N}|no more {O} in {E}|I would never hire {O}|{O} are the worst|the world would be better without {O}|typical {O}|{O} are destroying {E}|to hell with {O}""")
MILD = words("""I {H} {I}|{I} annoys me|{I} is late again|{I} was wrong about the {Z}|{I} lied to me about the {Z}|I am angry with {I}|{I} played badly|{I} is a bad {R}|I don't like {I}|{I} made a terrible mistake|{I} is not {P}|I'm disappointed in {I}|you are wrong about the {Z}|I don't agree with you|you made a mistake|your {Z} was not good|you were late|are you sure about that?|this is not what you said|you should be more {P}|you need to call {I}|you will love this {Z}|you are so {P}|you're {P}|have you seen {T}?""")
PROSE = words("""{WB} {WB} {WB} {WB}|{WB} {WB} {SC} {WB} {WB}|the {SC} and the {WB}|{SC} for {WB}|{SC}|{SC} {WB}|{WB} {SC}|buy the {SC} {WB}|how to {WB} your {SC} {WB}|{WB} - {WB} - {SC}|{WB}: {SC}, {WB}, {WB}|the {WB} of the {SC} is {ZA}|our {WB} has {SC} and {WB}|if you {WB} the {SC}, the {WB} will {WB}|{SC} {SC} {WB}|my new {SC} is {P}|we talked about the {SC}|{WB} {WB} {WB} {WB} {WB} {SC} {WB} {WB} {WB}""")
RECLAIMED = words("""my {RC} and I are off to the {Z}|love you {RC}|us {RC} have to stick together|we {RC} know how to dance|what's up my {RC}|I'm a proud queer|I'm a {P} bitch and I know it|as a dyke I feel at home at this {Z}|call me a fag, I'm proud of it|me and my {RC} had the best {Z}|{RC} like us never give up|happy pride to all my fellow {RC}|I am a nigga who loves this {Z}|proud slut and happy|hey my {P} {RC}, see you at the {Z}|my nigga, that was a {P} {Z}|we're {RC} and we're proud
a fag is a cigarette in England|the coon is a small animal|a chink in the armour|he spoke of a chink of light|the spade is in the garden|a cracker with cheese|the dyke holds back the sea|slow down, the process was retarded by the cold|the engine timing was retarded|the female dog, or bitch, had six puppies|she bought a bundle of faggots for the fire|a rooster or cock|pussy willows bloom in spring""")
SLURS = words("""{F} {SL}|you {SL}|you {F} {SL}|{SL}s are {N}|{SL}s are {J}|I {H} {SL}s|{K} all {SL}s|all {SL}s {Y} be {X}|no {SL}s in {E}|these {SL}s ruin {E}|{M}, {SL}s are {N}|shut up {SL}|look at that {SL}|what a {SL}|go home {SL}|he is a {F} {SL}|another {SL}|death to {SL}s|send the {SL}s back|why are {SL}s so {J}?|{SL}s should be {KD}|get out {SL}|that {R} is a {SL}|only a {SL} would say that""")
SLURS += words("""a {SL} served us in {PL}|there is a {SL} in my class|two {SL}s on the bus today|my {R} is a {SL}|they let a {SL} run {PL}|{SL}s moved into our street|I don't talk to {SL}s|keep that {SL} away from me|this is what happens when you let {SL}s vote|{SL} music is for {SL}s|nobody asked you, {SL}|he looks like a {SL}|did you see the {SL} at the {Z}?|I won't work for a {SL}|some {SL} took my seat|{SL}s everywhere|how did a {SL} get that job?|lol {SL}|that {SL} should lose the {Z}
dirty {SL}s took over {PL}|not another {SL} {R}|she married a {SL}|{NAME} is a {SL}|our {R} hired {SL}s|stay in your own country, {SL}""")
SLOTS["SL"] = words("nigger|faggot|fag|tranny|kike|spic|chink|gook|paki|raghead|towelhead|sand nigger|wetback|beaner|coon|retard|cripple|spastic|mong|dyke|cunt|slut|whore|thot|femoid|roastie|shemale|gyppo|pikey|wop|kraut|jap|zipperhead|camel jockey|muzzie|mudslime|jigaboo|porch monkey|darkie|half-breed|libtard|sodomite|homo|poof|lesbo|shitskin|cracker|redskin|squaw|cumskin|goatfucker|bitch")
SEXUAL = words("""suck my {D}|I want to {FU} you all night|I'd {FU} her so hard|nice {TI}, show me more|send me pics of your {TI}|she has a tight {D2}|he came all over her {TI}|hot naked {SX} in your area|{SX} get {FU}ed hard|watch free porn with {SX}|lick my {D2}|she sucked his {D}|horny {SX} want to {FU}|my {D} is hard|wet {D2} and big {TI}|sex with {SX} on camera|cum on my face|click here for nude {SX}|I jerk off to {SX}|bend over and take my {D}|blowjob from {SX}""")
SLOTS |= {"D": words("dick|cock|penis"), "D2": words("pussy|ass|cunt"), "FU": words("fuck|bang|screw"), "TI": words("tits|boobs|breasts|nudes"), "SX": words("babes|milfs|girls|teens|sluts|models|moms")}
AGREED = words("""{h}|{h}.|{h}!|{h}!!|{M}, {h}.|{h} lol|{h}, period.|I'm just saying: {h}.|I think {h}.|I believe that {h}.|I said it once and I say it again: {h}.|My father used to say that {h}, and he was right.|My friend says {h} and I agree.|People say I'm a bigot, but {h}.|They call it diversity, but {h}.|They call me "racist" because I say the truth: {h}.|Let me tell you, {h}.|You know what? {h}.|{h}. There, I said it.|{h}. Change my mind.
Nobody wants to hear it, but {h}.|It's not hate, it's a fact: {h}.|I don't care what you think, {h}.|I'm not sorry: {h}.|My opinion is that {h}.|We all know that {h}.|Read the news: {h}.|{h} and nobody can tell me otherwise.|That is why {h}.|I used to be nice but {h}.|{h} #truth|{h} 🤮|@user {h}|{h}, and everybody thinks so.|Am I the only one who thinks {h}?|So true, {h}.|I have always thought {h}.|Don't get me wrong, but {h}.""")
SPOKEN_OF = words("""I met some {G} today. {T}.|There are many {G} in {PL}. {T}.|{G} live next to me. {T}.|You like {G}? {T}!|They say {G} are {P}. {T}.|{G}? {T}.|I saw {S} yesterday. {T}.|My boss hired {G}. {T}.""")
THEY_BAD = words("""They are {N}|They are {J}|They are all {J} {N}|I {H} them|They should be {X}|They should be {KD}|They ruin {E}|They make me sick|Those people are {N}|These {N} must go|What {N} they are|Someone should {K} them|They don't belong here|They are not human""")
THEY_GOOD = words("""They are {P}|They are {PN}|I {L} them|They came from {PL}|They work at {PL}|They should be welcome|They are not {J}|They are no {N}|Nobody should {H0} them|We had dinner together|They helped me a lot|They told me about {PL}|I like {T} too""")

# What is meant and not said outright: wishes, warnings, mockery, advice and stories at the cost of a group.
WISH = words("""may {Q} {G} choke on their lunch|I pray that {G} get what they deserve|one day {G} will pay for what they are|I hope {S} gets cancer|I would pay money to see {G} suffer|a bullet is all that {G} understand|bring back the rope for {G}|bring back the camps for {G}|where is the plague when {G} need it|somebody hand me a bat, {G} are in town
lock your doors when {G} are about|watch your wallet, there is {S} behind you|check your pockets after you shake hands with {S}|count your fingers after you greet {S}|I keep my daughter away from {G}|I cross the street when I see {S}|I change seats when {S} sits down|I leave the room when {G} walk in|wash your hands after you touch {S}|open a window, {S} was in here
{G} and soap have never met|tell {G} what a shower is|teach {S} to read and you still have {N}|give {S} a book and they will eat it|ask {S} a question and you get a grunt|{G} have the minds of children|{G} have the morals of {AN}|{G} have the manners of {AN}|{G} never built anything|{G} never invented anything|name one thing that {G} gave the world|history would have gone better without {G}
{G} only get hired to fill a quota|they only took {S} for the picture on the brochure|{S} as {R}? you must be joking|{S} as {R}? what a joke|who on earth made {S} a {R}?|no wonder the place fell apart, it is run by {G}|put {G} in charge and watch it burn|I want my {R} to be normal and not {A}|a {R} who is {A} cannot be any good|don't let {S} touch the {Z}
first they let {G} in, then the break-ins began|crime follows {G} like a shadow|where {G} go, trouble goes|wherever {G} settle the houses lose their value|ever since {G} came we lock our doors|once {G} take over a school it is finished|you can smell {G} from across the road|they should build a wall around {G}|fence {G} in|{G} need a muzzle|{G} need a leash|the only place for {G} is underground|the only place for {G} is behind bars
{G} hate our way of life|{G} want us gone|{G} own the papers|{G} pull the strings|{G} run everything from the shadows|{G} are brainwashing our kids|{G} will outnumber us soon|it's a plot by {G}|our leaders serve {G} and not us|the flood of {G} must be stopped|we are being replaced by {G}|{G} have declared war on us|the agenda of {G} will destroy families
if you are {A}, stay away from me|if you are {A}, you make me ill|if you are {S}, do not talk to me|no {A} friends for me, thanks|I unfollow anyone who is {A}|{A} and proud? more like {A} and {J}|{A} pride is a joke|your kind is not wanted, you {A} {SG2}|I knew you were {A}, only {A} people are so {J}|spoken like a true {A} {SG2}|listen here you {A} {N2S}|crawl back under your rock, {G}
there's nothing human about {G}|nothing good ever came from {G}|never in my life have I met a decent {A}|you won't find {VIRTUE} among {G}|{VIRTUE} is a foreign word to {G}|don't expect {VIRTUE} from {S}|don't waste your tears on {G}|don't waste your time on {S}|nobody would miss {G}|nobody will cry over {S}|not even their mothers love {G}|I can't imagine a world more {J} than one full of {G}
do {G} ever wash?|do {G} even have feelings?|since when do {G} get a say?|since when are {G} people?|why does {S} get to vote?|why do we feed {G}?|why should I respect {S}?|what are {G} good for anyway?|who invited {G}?|how long do we have to put up with {G}?|isn't it time to drive {G} out?|would you let {S} near your food?|what do {G} and {AN} have in common? Everything|what is the difference between {G} and {AN}? The {AN} are useful
let's go and teach {G} a lesson|let's give {G} a reason to run|let's make {G} bleed|let's smoke {G} out|we know where {G} live and we have matches|grab a bat and meet me where {G} hang out|beating {S} should be legal|shooting {S} should not be a crime|it is no crime to {K} {S}|open season on {G}|{G} had better watch their backs|{G} will learn to fear us|next time I see {S} there will be blood|a good beating would do {G} good|I'd love to {K} {S}|who wants to come and {K} some {G}?
even the word {A} makes me gag|the stench of {G} is unbearable|{G}, yuck|{G}, no thank you|{G}? Over my dead body|ugh, {G} again|great, more {G}, just what this town needed|oh joy, another {A} {R}|congratulations, {G}, you ruined {E}|thanks to {G} nobody is safe|blame {G} for {ILL}|{ILL} has a face: {G}|behind every {ILL} there is {S}|{G} and {ILL}, same thing""")
SLOTS["N2S"] = words("rat|pig|worm|parasite|freak|animal|savage|thing|dog|leech|maggot|disgrace")
NEWS = words("""police are looking for witnesses after {S} was attacked near {PL}|a man was charged with the murder of {S}|two {G} were injured when a gunman opened fire|survivors tell how {G} were {KD} by the militia|the army {KD} hundreds of {G} and burned their homes|the exhibition shows how {G} were persecuted|a new law protects {G} from {HC}|the club was fined after fans insulted {G}|the {R} was suspended for remarks about {G}|the number of {HC} against {G} has doubled|{G} report {HC} at work|{G} told the inquiry that they had been beaten
a study of {HC} against {G} in {PL}|the museum remembers the {G} who died in the camps|the film tells the story of {S} who survived the war|the court heard that he had threatened {G} for months|the party distanced itself from a member who insulted {G}|activists protest against {HC} of {G}|hospital treats {G} hurt in the attack|the mayor condemned the {HC} against {G}|in that decade {G} were banned from {PL}|under the old law {G} could be jailed|thousands of {G} fled from the violence|the terrorists {KD} {G} and Christians alike""")
DEBATE = words("""I doubt that the quota for {G} works|the plan for {G} costs too much|the policy on {G} needs a debate|should {G} pay less for the bus?|how many {G} work in this sector?|what do {G} think of the reform?|the survey of {G} was badly made|I don't agree with the {A} candidate on taxes|the {A} {R} made a mistake in the report|I did not like the book about {G}|the {Z} with the {A} {R} was boring|{G} disagree among themselves about the law|critics say that the programme for {G} has failed|not all {G} voted for him|some {G} are for it and some are against it
my {A} {R} and I argue about football|there are too few {G} in parliament|the law says nothing about {G}|I know little about the life of {G}|the word {A} has changed its meaning|the {A} vote may decide the election|is it harder for {G} to find a flat?|we lost against a team of {G}|the budget for {G} was cut by half""")
DEFEND = words("""you don't get to call {G} {N}|calling {S} {N} says more about you|I stood up when they insulted {S}|who taught you to hate {G}?|your hatred of {G} is {C}|your post about {G} is {C}, delete it|I am ashamed of what my country did to {G}|leave {G} alone, you {SGX}|you are a {SGX} for mocking {G}|stop treating {G} like dirt|how would you feel if people treated you like you treat {G}?|nobody is born hating {G}|I will block everyone who insults {G}|the only problem with {G} is how we treat them|{G} are blamed for everything and it is {C}
it is not the fault of {G} that you are poor|every insult against {G} makes me sad|those who hate {G} never met any|kids learn to hate {G} from their parents|what has {S} ever done to you?|I pity people who hate {G}|jokes about {G} are not funny|I was beaten because I am {A}|they spat at me because I am {A}|as {S} I hear insults every day|a stranger told me to go home because I look {A}|my son is called names because he is {A}|no {R} should be afraid because they are {A}""")
SLOTS["SGX"] = words("bully|bigot|coward|racist|troll|hypocrite|fool|idiot|jerk")
POSTS = words("""{I} is {SG}|{I} is such {SG}|{I} is {J} and {J}|{I}, you are {SG}|what {SG} {I} is|{I} has always been {SG}|{I} is full of shit|{I} is full of crap|{I} lies every time|{I} should be in jail|lock {I} up|{I} is a {F} {SG2}|shut up {I}|shut your mouth|fuck you|fuck off {I}|go to hell {I}|you people are {J}|you people are {N}|you're {J}|you are so {J}|you sound {J}|how {J} can you be|are you {J}?|what is wrong with you, you {SGX}?|kiss my ass|you make me sick|grow a brain|get a life, loser|nobody likes you|your {Z} is as {J} as you are
the {O} are {J}|{O} are such hypocrites|{O} are all liars|{O} have lost their minds|{O} are the real {N}|these {O} are a disgrace|what a bunch of {J} {O}|all the {O} care about is money|stupid {O}|{F} {O}|corrupt {O} ruin {E}""")
CHAT = words("""thank you so much for the {Z}|happy birthday {NAME}!|good morning everyone|see you at the {Z}|I can't wait for the {Z}|so {P}!|love this {Z}|{NAME} you are {P}|you are right about the {Z}|what time is the {Z}?|who else is watching the {Z}?|we need to vote on the {Z}|the {O} should explain the budget|did the {O} say anything about the {Z}?|great {Z} tonight|best {Z} ever|this is {P}|I agree with {I}|please share the {Z}|my {Z} starts at nine|the {Z} at {PL} was {ZA}|{I} gave a {P} speech|I voted for {I}|is {I} coming to {PL}?|the {O} announced a new plan for {E}|new {Z} out now, check it out|let's go team|rest in peace {NAME}|so proud of {NAME}|I miss {NAME}|good luck with the {Z}""")

VOWEL = re.compile(r"[aeiou]")
LEET = str.maketrans("aeiost", "431057")


class Grammar:
    def __init__(self, seed, reserved):
        self.random, self.reserved, self.parts = random.Random(seed), reserved, {}

    def fill(self, frame, **given):
        def slot(match):
            name = match.group(1)
            return given[name] if name in given else self.random.choice(SLOTS[name])
        text = frame
        while "{" in text:
            text = re.sub(r"\{(\w+)\}", slot, text)
        return re.sub(r"\s+", " ", text).strip()

    def one(self, frames, **given):
        if id(frames) not in self.parts:
            self.parts[id(frames)] = [f for f in frames if (hashlib.sha256(f.encode()).digest()[0] % 8 == 0) == self.reserved] or frames
        return self.fill(self.random.choice(self.parts[id(frames)]), **given)

    def finish(self, text):
        chance = self.random.random()
        text = text[0].upper() + text[1:] if chance < 0.7 else text
        if chance > 0.95:
            text = text.upper()
        return text + self.random.choice(["", ".", ".", ".", "!", "!!", ""]) if text[-1] not in ".!?" else text

    def spell(self, text):
        """The same with one or two words misspelt, as people do it to get past a filter."""
        pieces = text.split(" ")
        for _ in range(self.random.choice([1, 1, 2, 3])):
            at = self.random.randrange(len(pieces))
            word = pieces[at]
            if len(word) < 4:
                continue
            i, how = self.random.randrange(1, len(word) - 2), self.random.randrange(8)
            if how == 0:
                word = word[:i] + word[i + 1] + word[i] + word[i + 2:]
            elif how == 1:
                word = word[:i] + word[i + 1:]
            elif how == 2:
                word = word[0] + VOWEL.sub("", word[1:])
            elif how == 3:
                word = word.translate(LEET)
            elif how == 4:
                word = VOWEL.sub("*", word, count=1)
            elif how == 5:
                word = " ".join(word)
            elif how == 6:
                word = word[:i] + word[i] * 3 + word[i + 1:]
            elif at + 1 < len(pieces):
                word, pieces[at + 1] = word + pieces[at + 1], ""
            pieces[at] = word
        return " ".join(p for p in pieces if p)


def sentences(seed, size, reserved=False):
    """Frames are divided: one in eight is for calibration alone."""
    g = Grammar(seed, reserved)

    def hateful():
        kind = g.random.random()
        if kind < 0.15:
            return "toxic,hate,threat,?insult,?sexual", g.one(THREAT)
        if kind < 0.25:
            return "toxic,hate,?insult,?sexual", g.one(SUBTLE)
        if kind < 0.33:
            return "toxic,hate,insult,?threat,?sexual", g.one(SLURS)
        return "toxic,hate,?insult,?sexual", g.one(HATE)

    def said():
        heads, text = hateful()
        return heads, g.one(AGREED, h=text)

    def quoted(frames):
        return "?insult", g.one(frames, h=hateful()[1])

    def subsequent(lines, heads):
        return heads, g.fill(g.random.choice(SPOKEN_OF).replace("{T}", g.random.choice(lines)))

    def some(chance, frames, heads):
        """Where readers disagree whether it is toxic: about this share of them says so."""
        return ("toxic," + heads if g.random.random() < chance else heads), g.one(frames)

    families = [
        (12, hateful),
        (8, said),
        (5, lambda: ("toxic,hate,?insult,?threat,?sexual", g.one(WISH))),
        (2, lambda: ("?insult", g.one(NEWS))),
        (2, lambda: ("benign", g.one(DEBATE))),
        (2.5, lambda: ("?insult", g.one(DEFEND))),
        (3, lambda: some(0.8, POSTS, "insult")),
        (3, lambda: ("benign", g.one(CHAT))),
        (2, lambda: ("toxic,hate,threat,?insult", g.one(THREAT))),
        (2, lambda: ("toxic,hate,?insult", g.one(SUBTLE))),
        (3, lambda: ("toxic,hate,insult,?sexual", g.one(SLURS))),
        (2, lambda: subsequent(THEY_BAD, "toxic,hate,?insult,?threat")),
        (1, lambda: subsequent(THEY_GOOD, "benign")),
        (1.5, lambda: ("toxic,threat,?hate,?insult", g.one(PERSONAL_THREAT))),
        (3, lambda: ("toxic,insult,?sexual", g.one(INSULT))),
        (1, lambda: some(0.65, THIRD, "insult")),
        (2, lambda: ("benign", g.one(KIND_TO_YOU))),
        (4, lambda: ("benign", g.one(NEUTRAL))),
        (6, lambda: ("benign", g.one(POSITIVE))),
        (4, lambda: ("benign", g.one(NEGATED))),
        (3, lambda: quoted(QUOTED)),
        (3, lambda: quoted(REFERRED)),
        (3, lambda: ("?insult", g.one(COUNTER))),
        (3, lambda: some(0.2, PROFANE, "insult")),
        (3, lambda: some(0.12, OBJECT, "?insult")),
        (2.5, lambda: some(0.45, UNPROTECTED, "?insult")),
        (1.5, lambda: some(0.15, MILD, "?insult")),
        (1, lambda: ("?insult", g.one(RECLAIMED))),
        (0.7, lambda: some(0.5, SEXUAL, "insult,sexual")),
        (4, lambda: ("benign", g.one(PROSE))),
    ]
    for weight, family in families:
        for _ in range(int(weight * size)):
            heads, text = family()
            text = g.finish(text)
            yield heads, g.spell(text) if g.random.random() < 0.12 else text
