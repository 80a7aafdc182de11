"""The words of pages that stand in a report's place: decides which phrases are a wall speaking to its visitor.

Never decides whether a page is a wall: reports use some of these words too, and `walls` looks at what else is there.

English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian and Turkish, in this order. Apostrophes
are straight, and all is matched without regard to case. Marks of vendors stand in the source of their pages.
"""

import re


def _any(*lines: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in lines), re.IGNORECASE)


CONSENT = (  # each asks, or offers an answer; a wall has at least two of these
    _any(  # who wants to store or read something
        r"\bwe (?:and|&) our (?:[\d,.]+ )?(?:\w+ )?(?:partners|vendors|third parties)",
        r"\bwir und unsere (?:[\d.]+ )?(?:\w+ )?(?:partner|drittanbieter)|\bunsere (?:[\d.]+ )?partner und wir\b",
        r"\bnous et nos (?:[\d ]+ )?(?:\w+ )?partenaires|\bavec nos (?:[\d ]+ )?partenaires\b",
        r"\bnosotros y nuestros (?:[\d.]+ )?(?:socios|partners|proveedores)|\bjunto con nuestros (?:[\d.]+ )?socios\b",
        r"\bnoi e (?:(?:i nostri|alcuni|terze) )?(?:[\d.]+ )?(?:\w+ )?(?:partner|fornitori|parti)\b",
        r"\bnós e (?:os )?nossos (?:[\d.]+ )?(?:parceiros|fornecedores)",
        r"\bwij? en onze (?:[\d.]+ )?(?:\w+ )?(?:partners|leveranciers)|\bsamen met onze (?:[\d.]+ )?partners\b",
        r"\bmy i nasi (?:[\d ]+ )?(?:\w+ )?partnerzy|\bnasi zaufani partnerzy",
        r"\bмы и наши (?:\d+ )?партн[её]ры|\bмы используем (?:файлы )?(?:cookie|куки)",
        r"\bbiz ve (?:\d+ )?(?:iş )?orta(?:klarımız|ğımız)",
    ),
    _any(  # before the visitor may go on
        r"\bbefore you continue\b|\bwe value your privacy|\byour privacy (?:is important|matters|choices)",
        r"\bbevor (?:sie|du) .{0,40}(?:fortfahren|fortfährst|weitergehst|weiterlesen)|\bweiter mit werbung"
        r"|\bmit werbung "
        r"(?:weiterlesen|nutzen)|\bihre privatsphäre|\bdatenschutz-?einstellungen",
        r"\bavant d'accéder à|\bavant de continuer|\bnous respectons votre vie privée|\bvotre vie privée (?:est|nous)",
        r"\bantes de (?:continuar|ir a)\b|\bvaloramos (?:tu|su) privacidad|\b(?:tu|su) privacidad (?:es|nos)",
        r"\bprima di continuare|\b(?:rispettiamo|teniamo alla) (?:la )?tua privacy|\bla tua privacy",
        r"\bantes de continuar|\bvalorizamos a (?:sua|tua) privacidade|\ba sua privacidade (?:é|importa)",
        r"\bvoordat (?:je|u) (?:verdergaat|doorgaat)|\b(?:je|jouw|uw) privacy\b.{0,30}\b(?:belangrijk|telt)",
        r"\bzanim przejdziesz|\b(?:cenimy|szanujemy) (?:twoją|państwa) prywatność|\btwoja prywatność",
        r"\bпрежде чем (?:продолжить|перейти)|\bмы (?:ценим|уважаем) вашу (?:приватность|конфиденциальность)",
        r"\bdevam etmeden önce|\bgizliliğinize (?:önem|değer|saygı)",
    ),
    _any(  # yes
        r"\b(?:accept|allow) (?:all|cookies)|\bagree (?:and|&) (?:continue|close|proceed)|\bi (?:accept|agree)\b",
        r"\balle[ns]? (?:cookies )?(?:akzeptieren|zustimmen|erlauben)|\b(?:zustimmen|akzeptieren) (?:und|&) weiter",
        r"\btout accepter|\baccepter (?:et (?:fermer|continuer)|tous les cookies)|\bj'accepte",
        r"\baceptar (?:todo|todas|las cookies|y (?:continuar|cerrar))",
        r"\baccetta (?:tutt[oi]|e (?:continua|chiudi|prosegui)|i cookie)",
        r"\baceitar (?:tudo|todos|e (?:continuar|fechar)|cookies)",
        r"\balles accepteren|\balle cookies accepteren|\baccepteer (?:alle )?cookies|\bakkoord en (?:door|verder)",
        r"\bz?a?akceptuj[eę]? (?:wszystkie|i (?:przejdź|zamknij))|\bprzejdź do serwisu|\bzgadzam się",
        r"\bпринять (?:все|всё|и (?:продолжить|закрыть)|файлы)",
        r"\btümünü kabul et|\bkabul et ve (?:devam et|kapat)",
    ),
    _any(  # no, or let me see
        r"\b(?:reject|decline|refuse) all|\bmanage (?:my |your |cookie |privacy )*(?:preferences|settings|options"
        r"|choices"
        r"|cookies)|\bcookie settings|\bmore options",
        r"\balle[ns]? (?:cookies )?ablehnen|\beinstellungen (?:verwalten|anpassen)|\bcookie-einstellungen",
        r"\btout refuser|\bcontinuer sans accepter|\bgérer (?:mes|vos|les) (?:choix|préférences|cookies)|\bparamétrer",
        r"\brechazar (?:todo|todas)|\b(?:configurar|gestionar) (?:las )?(?:cookies|preferencias|opciones)",
        r"\brifiuta tutt[oi]|\bcontinua senza accettare|\bgestisci (?:le )?(?:preferenze|opzioni|cookie)",
        r"\brejeitar (?:tudo|todos)|\b(?:gerir|gerenciar) (?:as )?(?:preferências|opções|cookies)",
        r"\balles weigeren|\bcookie-?(?:instellingen|voorkeuren)|\b(?:beheer|instellingen) (?:voorkeuren|beheren)",
        r"\bodrzuć wszystk|\bzarządzaj (?:zgodami|preferencjami|opcjami)|\bustawienia (?:zaawansowane|plików cookie)",
        r"\bотклонить вс[её]|\bнастро(?:ить|йки) (?:файл\w* )?(?:cookie|куки)",
        r"\btümünü reddet|\b(?:tercihleri|seçenekleri|çerezleri) yönet|\bçerez (?:ayarları|tercihleri)",
    ),
)
CONSENT_TALK = _any(  # what a wall's long sentences are about; a paragraph of these is no report
    r"\bcookies?\b|\bconsent|\bpersonal data|\bprivacy\b|\bpersonali[sz]ed (?:ads|content)|\bpartners\b",
    r"einwilligung|personenbezogen|datenschutz|\btracking\b",
    r"consentement|données personnelles|confidentialité",
    r"consentimiento|datos personales|privacidad",
    r"consenso|dati personali",
    r"consentimento|dados pessoais|privacidade",
    r"toestemming|persoonsgegevens",
    r"\bzgod[ayęą]\b|danych osobowych|prywatnoś",
    r"согласи|персональн\w+ данн|конфиденциальност|куки",
    r"çerez|kişisel veri|gizlilik",
)
CONSENT_VENDOR = re.compile(
    r"cmp\.|privacy-mgmt\.com|sp_message|cookielaw\.org|onetrust|didomi|usercentrics|fundingchoices|consent\.(?:google|"
    r"yahoo|youtube)\.|guce\.|quantcast|qc-cmp|trustarc|cookiebot|iubenda|consentmanager|sourcepoint|axeptio",
    re.IGNORECASE,
)

PAYWALL = _any(
    r"\b(?:subscribe|sign (?:up|in)|register|log ?in|join)\b.{0,30} to (?:continue|keep|finish) reading"
    r"|\bto (?:continue|keep) reading\b.{0,60}\b(?:subscri|log ?in|sign|regist|account|member|trial)"
    r"|\bsubscribe to (?:read|unlock|access)\b|\bto read the (?:full|rest of (?:the|this)|whole|complete)"
    r" (?:article|story)"
    r"|\b(?:article|story|content|page|post) is (?:only |exclusively |available |reserved |exclusive |accessible )*"
    r"(?:for|to) (?:our |paid |paying |registered )*(?:subscribers|members)|\bsubscribers? only\b|\bsubscriber-only\b"
    r"|\byou(?:'ve| have) (?:reached|hit|used|read) (?:your|the|all)\b.{0,40}\b(?:limit|free articles?)"
    r"|\bunlock (?:this|the full|the rest of (?:this|the)) (?:article|story|report|text|post)|\bunlock"
    r" unlimited (?:access|articles)|\bthe rest of this (?:article|story|post) is\b",
    r"\b(?:um|zum) weiter(?:zu)?lesen|\bweiterlesen mit\b|\bmit (?!werbung).{1,25} weiterlesen"
    r"|\b(?:dieser|der|den ganzen|diesen) (?:artikel|inhalt|beitrag|text)\b.{0,60}\b(?:abonnent\w*|abos?|mitglieder)\b"
    r"|\b(?:exklusiv|nur) für (?:\w+ )?(?:abonnent|mitglieder)|\bartikel freischalten|\blesen sie diesen artikel mit",
    r"\b(?:article|contenu|suite)\b.{0,25} réservée? (?:à nos|aux) abonné|\babonnez-vous pour (?:lire"
    r"|poursuivre|continuer"
    r"|accéder)|\bpour (?:lire la suite|(?:poursuivre|continuer) (?:la|votre) lecture)\b.{0,60}\babonn"
    r"|\bil vous reste .{1,12}% de cet article|\bdébloque[zr] (?:cet|l')article",
    r"\b(?:exclusiv[oa]|sol[oa]|reservad[oa]) para (?:nuestros )?(?:suscriptores|socios|abonados)"
    r"|\b(?:suscríb\w+|regístr\w+|inicia sesión) .{0,20}para (?:seguir|continuar) leyendo|\bsuscríb\w+ para leer"
    r"|\bpara (?:seguir|continuar) leyendo\b.{0,60}\b(?:suscr|regístr|inici)",
    r"\b(?:riservat|esclusiv|dedicat)[oa] (?:agli|ai|per gli) (?:abbonati|iscritti)|\babbonati per"
    r" (?:continuare|leggere"
    r"|proseguire)|\bper continuare (?:a leggere|la lettura)\b.{0,60}\b(?:abbon|acced|registr)",
    r"\b(?:exclusiv|restrit)[oa] (?:para|a|aos|de) (?:os )?(?:nossos )?(?:assinantes|subscritores)"
    r"|\b(?:assine|cadastre-se|subscreva|faça login) .{0,20}para (?:continuar|ler)"
    r"|\bpara continuar (?:a ler|lendo|a leitura)\b.{0,60}\b(?:assin|subscr|login|cadastr)",
    r"\b(?:alleen|exclusief|toegankelijk|beschikbaar) voor (?:onze )?(?:abonnees|leden)"
    r"|\b(?:om )?verder (?:te )?lezen\b.{0,60}\b(?:abonn|log|registr|account)|\blees (?:dit artikel )?verder met\b",
    r"\b(?:tylko|wyłącznie|dostępn\w+) dla (?:\w+ )?(?:prenumeratorów|subskrybentów|abonentów)"
    r"|\b(?:wykup|kup) (?:dostęp|prenumeratę|subskrypcję)|\baby (?:czytać dalej|przeczytać (?:całość|cały))"
    r"|\bpozostało .{1,10}% (?:tekstu|artykułu|treści)",
    r"доступ\w* (?:только )?(?:для )?подписчик|только (?:для )?подписчик|оформите подписку.{0,40}(?:чита|доступ|чтобы)"
    r"|чтобы (?:продолжить чтение|дочитать|читать (?:дальше|полностью))",
    r"(?:yalnızca|sadece) .{0,15}aboneler|abonelere özel|(?:okumaya devam etmek|devamını okumak) için",
)

BOT_CHECK = _any(
    r"\b(?:verify(?:ing)?|confirm|prove|make sure|check(?:ing)?)\b.{0,20}\byou(?:'re| are) (?:a human|human"
    r"|not a (?:ro)?bot)"
    r"|\bare you (?:a (?:robot|human)|human)\?|\bi'm not a robot|\bchecking (?:your browser|if the site connection)"
    r"|\benable (?:javascript and cookies|cookies and javascript|js and cookies) to continue"
    r"|\bunusual (?:traffic|activity) (?:from|on|coming)|\bpress (?:&|and) hold\b|\bcomplete the security check"
    r"|\bsorry, you have been blocked|\baccess to this (?:page|site|website) (?:has been|is) denied"
    r"|\bdon't have permission to access\b.{0,200}\bserver\b|\breview the security of your connection"
    r"|\bmade us think\b.{0,30}\bbot\b|\bincapsula incident id|\bwhy (?:have i been|was i) blocked"
    r"|\bsecurity service to protect itself from\b|\byour request (?:has been|was) blocked"
    r"|\byou will be connected to .{1,60} in just a moment",
    r"\bdass sie (?:ein mensch|kein (?:ro)?bot)|\b(?:ihr browser wird|überprüfung ihres browsers)|\bungewöhnlichen "
    r"(?:datenverkehr|traffic)|\bzugriff (?:auf diese seite )?wurde (?:gesperrt|blockiert|verweigert)",
    r"\bque vous (?:êtes (?:bien )?(?:un )?humain|n'êtes pas un robot)|\btrafic (?:inhabituel|exceptionnel)"
    r"|\bvérification de votre navigateur|\bactivez javascript et les cookies",
    r"\bque (?:eres|es|usted es) (?:un )?(?:ser )?humano|\bno (?:eres|es|soy) un robot|\btráfico inusual"
    r"|\bcomprobando (?:tu|su) navegador|\bhabilita javascript y las cookies",
    r"\b(?:che sei|di essere) (?:un )?(?:essere )?umano|\bnon (?:sei|sono) un robot|\btraffico insolito",
    r"\bque (?:você )?é (?:um )?(?:ser )?humano|\bnão (?:é|sou) um robô|\btráfego incomum",
    r"\bdat (?:je|u) (?:een mens|geen (?:ro)?bot) bent|\bongebruikelijk verkeer|\bik ben geen robot",
    r"\bże (?:jesteś człowiekiem|nie jesteś robotem)|\bnietypowy ruch|\bnie jestem robotem",
    r"что вы (?:не робот|человек)|\bвы не робот|(?:необычный|подозрительный) трафик|\bя не робот",
    r"(?:robot olmadığınızı|insan olduğunuzu) (?:doğrula|onayla|kanıtla)|olağan ?dışı trafik|ben robot değilim",
)
BOT_TITLE = _any(
    r"just a (?:moment|second)\W*|attention required\W*|access (?:to this page has been )?denied|403"
    r" forbidden|forbidden",
    r"are you (?:a (?:robot|human)|human)\W*|robot (?:check|or human)\W*|(?:human|bot) verification|captcha",
    r"security (?:check(?:point)?|verification)|vercel security checkpoint|please wait\W*|one moment,? please\W*",
    r"pardon our interruption\W*|ddos-guard|checking your browser\W*|client challenge|you have been blocked\W*",
    r"einen moment(?:,? bitte)?\W*|nur einen moment\W*|sicherheits(?:überprüfung|abfrage)|zugriff verweigert",
    r"un (?:instant|moment)\W*|accès (?:refusé|interdit)|vérification de sécurité",
    r"un momento\W*|acceso denegado|attendere\W*|accesso negato|um momento\W*|acesso negado",
    r"even geduld\W*|toegang geweigerd|(?:chwileczkę|cierpliwości|jeszcze chwila)\W*|odmowa dostępu",
    r"(?:один момент|один момент, пожалуйста|подождите)\W*|доступ запрещ[её]н|вы не робот\W*|ой\W*|bir"
    r" dakika\W*(?:lütfen\W*)?"
    r"|erişim (?:engellendi|reddedildi)",
)
BOT_VENDOR = re.compile(
    r"_cf_chl_opt|cf-chl-|cf-browser-verification|cf-error-details|id=[\"']challenge-(?:form|running|stage"
    r"|error)"  # Cloudflare
    r"|captcha-delivery\.com|px-captcha|_Incapsula_Resource|incapsula incident"  # DataDome, HUMAN, Imperva
    r"|errors\.edgesuite\.net|sec-if-cpt|sec-cpt-if|bm-verify|/_sec/cp_challenge"  # Akamai
    r"|gokuProps|awswaf\.com|sucuri_cloudproxy|ddos-guard|KPSDK|anubis_challenge|smartcaptcha|showcaptcha",
    re.IGNORECASE,
)

NOT_FOUND_TITLE = _any(
    r"(?:(?:http )?(?:error|fehler|erreur|errore|erro|błąd|ошибка|hata|fout|http|oops|sorry|ops)\W*)*404"
    r"(?:\W*(?:error|fehler|hatası|not found))?\W*",
    r"(?:\W*(?:oops|sorry|whoops)\W+)?(?:that |this |the )?(?:page|article|story|content|file|url)(?: was"
    r"| is)? (?:not found|"
    r"unavailable|not available|no longer available|doesn't exist|does not exist|(?:can ?not|can't|could not"
    r"|couldn't) be "
    r"found)\W*|not found",
    r"(?:die )?(?:seite|artikel|inhalt)(?: wurde| konnte| ist)?(?: leider)? nicht (?:gefunden|verfügbar"
    r"|vorhanden)(?: werden)?\W*",
    r"(?:la |cette )?page (?:introuvable|non trouvée|inexistante|n'existe pas|n'existe plus|indisponible)\W*",
    r"(?:la )?página no (?:encontrada|existe|disponible)\W*|no encontrad[oa]\W*",
    r"(?:la )?pagina non (?:trovata|esiste|disponibile)\W*",
    r"(?:a )?página não (?:encontrada|existe|disponível)\W*",
    r"(?:de )?pagina (?:is )?niet (?:gevonden|beschikbaar)\W*|(?:deze )?pagina bestaat niet\W*",
    r"nie znaleziono(?: (?:takiej )?strony)?\W*|(?:ta )?strona nie (?:istnieje|została (?:znaleziona|odnaleziona))\W*",
    r"(?:такая |эта )?(?:страница|статья) не (?:найдена|существует)\W*|ничего не найдено\W*",
    r"(?:aradığınız )?sayfa (?:bulunamadı|mevcut değil)\W*",
)
NOT_FOUND = _any(
    r"\bthe (?:page|article|story|url|content|link)(?: that)? you(?:'re| are|'ve| have| were)?"
    r" ?(?:looking for|requested"
    r"|(?:trying|tried|attempting) to (?:reach|access|view|visit))\b.{0,80}\b(?:not|no longer|moved|removed|unavailable"
    r"|deleted|gone|doesn't|can't|couldn't|isn't)\b|\bwe (?:can't|cannot|could not|couldn't) (?:seem to"
    r" )?find (?:the|that"
    r"|this) (?:page|article|story)|\b(?:this|the requested|that) (?:page|article|story|url) (?:is no longer available"
    r"|has been (?:removed|deleted)|no longer exists|does not exist|doesn't exist|could not be found|was not found)",
    r"\bdie (?:von ihnen )?(?:gesuchte|angeforderte|aufgerufene|gewünschte) (?:seite|adresse)\b.{0,80}\bnicht\b"
    r"|\bdiese seite (?:existiert|ist|wurde|konnte)\b.{0,30}\bnicht\b|\bdieser (?:artikel|inhalt) ist"
    r" nicht mehr verfügbar",
    r"\bla page (?:que vous (?:recherchez|cherchez|demandez|avez demandée)|demandée|recherchée)\b.{0,80}(?:n'existe|"
    r"introuvable|n'est (?:pas|plus)|n'a pas|déplacée|supprimée)|\bcette page n'(?:existe|est) (?:pas|plus)",
    r"\bla página (?:que (?:estás buscando|está buscando|buscas|busca|intentas \w+|has solicitado)|solicitada)\b.{0,80}"
    r"\b(?:no|eliminad[ao]|movid[ao])\b|\besta página (?:ya )?no (?:existe|está disponible)",
    r"\bla pagina (?:che (?:stai cercando|cerchi|hai (?:richiesto|cercato))|richiesta|cercata)\b.{0,80}\b(?:non|rimossa"
    r"|spostata)\b",
    r"\ba página (?:que (?:você )?(?:está|estava)? ?(?:procurando|procura|a procurar|buscando|tentou)"
    r"|solicitada|procurada)\b"
    r".{0,80}\b(?:não|removida|movida)\b",
    r"\b(?:de|deze) pagina (?:die (?:je|u) (?:zoekt|zocht)|kon|kan|bestaat|is)\b.{0,60}\b(?:niet|verwijderd"
    r"|verplaatst)\b",
    r"\b(?:strona|adres), (?:której|który) szukasz\b.{0,80}\b(?:nie|został)|\b(?:szukana|podana|żądana)"
    r" strona\b.{0,40}\bnie\b",
    r"(?:запрашиваемая|запрошенная|такая) страница.{0,40}(?:не (?:найдена|существует)|удалена)|такой"
    r" страницы (?:нет|не сущ)"
    r"|страница, которую вы (?:ищете|запрашиваете).{0,60}(?:не|удалена)",
    r"aradığınız (?:sayfa|içerik|haber).{0,60}(?:bulunam|mevcut değil|kaldır|taşın)",
)

LOGIN_TITLE = _any(
    r"(?:please )?(?:log|sign) ?[io]n(?: (?:to|at) .{1,40}| required)?|(?:account|user|member|subscriber) login",
    r"(?:bitte )?anmelden|anmeldung|einloggen|(?:se )?connecter|connexion|identifiez-vous|iniciar sesión"
    r"|inicia sesión|acceder",
    r"accedi|area riservata|entrar|iniciar sessão|fazer login|inloggen|aanmelden|zaloguj(?: się)?|logowanie",
    r"вход|войти|авторизация|giriş(?: yap)?|oturum aç|üye girişi",
)
LOGIN = _any(
    r"\b(?:log|sign) ?in (?:to|with) (?:continue|view|access|see|your account|proceed)|\byou (?:must|need to"
    r"|have to) (?:be "
    r"(?:logged|signed) in|log ?in|sign ?in)|\bplease (?:log|sign) ?in\b",
    r"\bbitte (?:melden sie sich|loggen sie sich|melde dich|logge dich)\b.{0,40}\b(?:an|ein)\b|\bpasswort vergessen",
    r"\b(?:veuillez vous connecter|connectez-vous (?:pour|à))|\bmot de passe oublié",
    r"\b(?:inicia|inicie) sesión (?:para|con)|\bolvid\w+ (?:tu|su|la) contraseña",
    r"\baccedi (?:per|con|al tuo)|\bpassword dimenticata",
    r"\b(?:faça login|inicie sessão|entre) (?:para|com)|\besquec\w+ (?:a |sua |minha )*(?:senha|palavra-passe)",
    r"\b(?:log in|meld je aan) (?:om|met)\b|\bwachtwoord vergeten",
    r"\bzaloguj się,? (?:aby|żeby|przez)|\b(?:nie pamiętasz|zapomniał\w+) hasła",
    r"\bвойдите,? чтобы|\bнеобходимо (?:войти|авторизоваться)|\bзабыли пароль",
    r"(?:devam etmek|görmek|görüntülemek) için (?:lütfen )?(?:giriş yap|oturum aç)|şifremi unuttum",
)
COMMENT = _any(r"\b(?:comment|komment|comentar|komentar|reageer|reactie|reply|antworte|комментар|yorum)")
LOGIN_PATH = re.compile(
    r"/(?:log-?in|sign-?in|anmelden|connexion|accedi|inloggen|logowanie|sso|auth|account/login)(?:[/.?]|$)", re.I
)
PASSWORD = re.compile(r"<input\b[^<>]{0,500}\btype\s*=\s*[\"']?password", re.IGNORECASE)

VIDEO_TITLE = _any(
    r"(?:watch|video|vídeo|vidéo|видео|wideo|live ?stream|livestream|en direct|en vivo|ao vivo|canlı(?: yayın)?|na żywo"
    r"|прямой эфир|live)\s*[:|–—-]\s.*|.*\s[|–—-]\s*(?:video|vídeo|vidéo|видео|wideo)"
)
VIDEO_PATH = re.compile(
    r"/(?:videos?|watch|live|livestream|player|clips?|mediathek|shorts|en-direct|en-vivo|ao-vivo|canli)(?:[/?]|$)", re.I
)
VIDEO_PLAYER = re.compile(
    r"<video\b|<iframe\b[^<>]{0,500}\b(?:youtube|youtu\.be|vimeo|dailymotion|brightcove|jwplatform"
    r"|twitch)",
    re.IGNORECASE,
)
