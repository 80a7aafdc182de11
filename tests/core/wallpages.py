"""Small pages written for the tests: walls as sites in many languages show them, and reports that look like walls."""

from dataclasses import dataclass

from storywire.walls import WallKind

URL = "https://www.harbour.example.org/news/ferry-returns"
_MENU = "<nav><a href='/'>Home</a> <a href='/world'>World</a> <a href='/sport'>Sport</a></nav>"


@dataclass(frozen=True)
class Sample:
    """One page, where it was found, and what it is: None for a report."""

    name: str
    kind: WallKind | None
    source: str
    url: str = URL


def _html(title: str, body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def _page(name: str, kind: WallKind | None, title: str, *parts: str, head: str = "", url: str = URL) -> Sample:
    """A page of paragraphs; a part that begins with "<" stands as it is."""
    body = "".join(part if part.startswith("<") else f"<p>{part}</p>" for part in parts)
    return Sample(name, kind, _html(title, body, head), url)


def _stub(name: str, title: str, lede: str, appeal: str, head: str = "") -> Sample:
    article = f"<article><h1>{title}</h1><p>{lede}</p><div class='offer'><p>{appeal}</p></div></article>"
    return Sample(name, WallKind.PAYWALL, _html(f"{title} | Harbour News", _MENU + article, head))


_C, _B, _N, _L, _V = WallKind.CONSENT, WallKind.BOT_CHECK, WallKind.NOT_FOUND, WallKind.LOGIN, WallKind.VIDEO
_PAID = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>'

WALLS = [
    _page(
        "consent en",
        _C,
        "Harbour News",
        "We value your privacy",
        "We and our 812 partners store and read information on your device, such as cookies, to show ads.",
        "<button>Accept all</button><button>Manage preferences</button><p>Accept all</p><p>Manage preferences</p>",
    ),
    _page(
        "consent google",
        _C,
        "Before you continue",
        "Before you continue to the search, choose how we use cookies and data.",
        "<a>Reject all</a> <a>Accept all</a> <a>More options</a>",
        url="https://consent.google.com/m?continue=x",
    ),
    _page(
        "consent de",
        _C,
        "Datenschutzeinstellungen",
        "Mit Werbung weiterlesen: Besuchen Sie uns wie gewohnt mit Werbung und Tracking.",
        "Wir und unsere 214 Partner verarbeiten personenbezogene Daten. <a>Alle akzeptieren</a> <a>Alle ablehnen</a>",
    ),
    _page(
        "consent fr",
        _C,
        "Le respect de votre choix",
        "Avec nos 143 partenaires, nous utilisons des cookies pour mesurer l'audience de ce site.",
        "<a>Continuer sans accepter</a> <a>Tout accepter</a> <a>Gérer mes choix</a>",
    ),
    _page(
        "consent es",
        _C,
        "Su elección",
        "Nosotros y nuestros 97 socios guardamos datos en su aparato para enseñarle anuncios.",
        "<a>Aceptar todo</a> <a>Rechazar todo</a> <a>Configurar cookies</a>",
    ),
    _page(
        "consent it",
        _C,
        "La tua privacy",
        "Noi e i nostri 320 partner usiamo cookie per le finalità descritte qui sotto.",
        "<a>Accetta tutto</a> <a>Rifiuta tutto</a> <a>Gestisci opzioni</a>",
    ),
    _page(
        "consent pt",
        _C,
        "A sua escolha",
        "Nós e os nossos 55 parceiros guardamos cookies neste aparelho.",
        "<a>Aceitar tudo</a> <a>Rejeitar tudo</a> <a>Gerir as opções</a>",
    ),
    _page(
        "consent nl",
        _C,
        "Jouw keuze",
        "Wij en onze 71 partners plaatsen cookies om advertenties te tonen.",
        "<a>Alles accepteren</a> <a>Alles weigeren</a> <a>Cookie-instellingen</a>",
    ),
    _page(
        "consent pl",
        _C,
        "Twoja prywatność",
        "My i nasi 60 partnerzy zapisujemy pliki cookie na Twoim urządzeniu.",
        "<a>Akceptuję i przejdź</a> <a>Przejdź do serwisu</a> <a>Ustawienia zaawansowane</a>",
    ),
    _page(
        "consent ru",
        _C,
        "Ваш выбор",
        "Мы и наши партнёры храним файлы cookie на вашем устройстве.",
        "<a>Принять все</a> <a>Отклонить все</a> <a>Настройки cookie</a>",
    ),
    _page(
        "consent tr",
        _C,
        "Tercihiniz",
        "Biz ve 40 iş ortağımız cihazınızda çerez saklıyoruz.",
        "<a>Tümünü kabul et</a> <a>Tümünü reddet</a> <a>Çerez ayarları</a>",
    ),
    _page(
        "consent by a vendor's frame",
        _C,
        "Harbour News",
        "Before you continue, choose how this site may use your data.",
        "<iframe src='https://cdn.privacy-mgmt.com/index.html?message_id=1'></iframe>",
    ),
    _stub(
        "paywall en",
        "Ferry line to reopen after the storm",
        "The ferry line between the two islands will run again from Monday, the harbour authority said on Friday.",
        "Subscribe now to continue reading. Already have an account? Log in.",
    ),
    _stub(
        "paywall en, for members",
        "What the harbour sale means",
        "The sale of the harbour has divided the council, and its price is still not known to the public.",
        "This story is available exclusively to our subscribers.",
    ),
    _stub(
        "paywall en, metered",
        "What the harbour sale means",
        "The sale of the harbour has divided the council, and its price is still not known to the public.",
        "You have reached your limit of free articles for this month.",
    ),
    _stub(
        "paywall de",
        "Fähre fährt wieder",
        "Die Fähre zwischen den beiden Inseln nimmt am Montag den Betrieb wieder auf, teilte der Hafen mit.",
        "Dieser Artikel ist nur für Abonnenten. Jetzt testen und weiterlesen mit Hafen Plus.",
    ),
    _stub(
        "paywall fr",
        "Le ferry reprend la mer",
        "La ligne entre les deux îles rouvrira lundi, neuf semaines après la tempête, a annoncé le port.",
        "Cet article est réservé aux abonnés. Il vous reste 87 % de cet article à lire.",
    ),
    _stub(
        "paywall es",
        "El transbordador vuelve a navegar",
        "La línea entre las dos islas se abrirá de nuevo el lunes, según anunció el viernes el puerto.",
        "Contenido exclusivo para suscriptores. Suscríbete para seguir leyendo.",
    ),
    _stub(
        "paywall it",
        "Il traghetto torna in mare",
        "La linea fra le due isole riaprirà lunedì, nove settimane dopo la tempesta, ha detto il porto.",
        "Contenuto riservato agli abbonati. Abbonati per continuare a leggere.",
    ),
    _stub(
        "paywall pt",
        "A balsa volta ao mar",
        "A linha entre as duas ilhas reabre na segunda-feira, nove semanas depois da tempestade.",
        "Conteúdo exclusivo para assinantes. Assine já para continuar a ler.",
    ),
    _stub(
        "paywall nl",
        "De veerboot vaart weer",
        "De lijn tussen de twee eilanden gaat maandag weer open, zei het havenbestuur op vrijdag.",
        "Dit artikel is exclusief voor abonnees. Verder lezen? Neem een abonnement.",
    ),
    _stub(
        "paywall pl",
        "Prom wraca na trasę",
        "Linia między wyspami ruszy ponownie w poniedziałek, podał w piątek zarząd portu.",
        "Artykuł dostępny dla naszych prenumeratorów. Wykup dostęp.",
    ),
    _stub(
        "paywall ru",
        "Паром снова выходит в море",
        "Линия между двумя островами откроется в понедельник, сообщило в пятницу управление порта.",
        "Материал доступен только для подписчиков. Оформите подписку, чтобы дочитать.",
    ),
    _stub(
        "paywall tr",
        "Feribot yeniden denize açılıyor",
        "İki ada arasındaki hat pazartesi günü yeniden açılacak, dedi liman yönetimi cuma günü.",
        "Bu içerik yalnızca aboneler içindir. Okumaya devam etmek için abone olun.",
    ),
    _stub(
        "paywall that only the data tell",
        "Ferry line to reopen after the storm",
        "The ferry line between the two islands will run again from Monday, the harbour authority said, and so the…",
        "Choose your offer",
        head=_PAID,
    ),
    _page(
        "bot check by Cloudflare",
        _B,
        "Just a moment...",
        "<h1>www.harbour.example.org</h1>",
        "Verifying you are human. This may take a few seconds.",
        "<noscript>Enable JavaScript and cookies to continue</noscript><script>window._cf_chl_opt={}</script>",
    ),
    _page(
        "bot check by Cloudflare, blocked",
        _B,
        "Attention Required! | Cloudflare",
        "<h1>Sorry, you have been blocked</h1>",
        "You are unable to access harbour.example.org.",
        "<h2>Why have I been blocked?</h2>",
        "This website is using a security service to protect itself from online attacks.",
    ),
    _page(
        "bot check by DataDome",
        _B,
        "harbour.example.org",
        "Please enable JS and disable any ad blocker",
        "<script src='https://ct.captcha-delivery.com/c.js'></script>",
    ),
    _page(
        "bot check by HUMAN",
        _B,
        "Access to this page has been denied",
        "Press & Hold to confirm you are a human (and not a bot).",
        "<div id='px-captcha'></div>",
    ),
    _page(
        "bot check by Imperva",
        _B,
        "",
        "<iframe src='/_Incapsula_Resource?CWUDNSAI=9'>Request unsuccessful. Incapsula incident ID: 12-34</iframe>",
    ),
    _page(
        "bot check by Akamai",
        _B,
        "Access Denied",
        "<h1>Access Denied</h1>",
        'You don\'t have permission to access "http://www.harbour.example.org/news" on this server.',
        "Reference #18.2c3d &nbsp; https://errors.edgesuite.net/18.2c3d",
    ),
    _page(
        "bot check en",
        _B,
        "Are you a robot?",
        "Our systems have detected unusual traffic from your network. Please complete the security check.",
    ),
    _page(
        "bot check de",
        _B,
        "Einen Moment bitte …",
        "Bitte bestätigen Sie, dass Sie kein Roboter, sondern ein Mensch sind.",
        "Ihr Browser wird geprüft. Dass Sie ein Mensch sind, sehen wir gleich.",
    ),
    _page("bot check fr", _B, "Un instant…", "Vérifiez que vous êtes un humain pour continuer."),
    _page("bot check es", _B, "Un momento…", "Verifica que eres un ser humano para seguir."),
    _page("bot check it", _B, "Attendere…", "Verifica che sei un essere umano."),
    _page("bot check pt", _B, "Um momento…", "Confirme que você é humano para continuar."),
    _page("bot check nl", _B, "Even geduld…", "Bevestig dat je een mens bent."),
    _page("bot check pl", _B, "Chwileczkę…", "Potwierdź, że jesteś człowiekiem."),
    _page("bot check ru", _B, "Вы не робот?", "Подтвердите, что вы не робот, чтобы продолжить."),
    _page("bot check tr", _B, "Bir dakika lütfen...", "Devam etmek için robot olmadığınızı doğrulayın."),
    _page(
        "soft 404 en",
        _N,
        "Page not found - Harbour News",
        _MENU,
        "<h1>Page not found</h1>",
        "Sorry, the page you are looking for has been moved or no longer exists.",
    ),
    _page(
        "soft 404 with teasers",
        _N,
        "404 | Harbour News",
        "<h1>Oops! Page not found</h1>",
        "The page you're looking for could not be found. Here is what others read today:",
        "<article>"
        + "".join(
            f"<p>The council will vote on the budget for district {name} on Thursday, and expects a long night.</p>"
            for name in ("North", "South", "East", "West", "Centre", "Quay", "Dunes")
        )
        + "</article>",
    ),
    _page(
        "soft 404, article removed", _N, "Harbour News", "<h1>Harbour News</h1>", "This article is no longer available."
    ),
    _page("soft 404 de", _N, "Seite nicht gefunden – Hafenblatt", "Die gesuchte Seite existiert leider nicht mehr."),
    _page("soft 404 fr", _N, "Page introuvable", "La page que vous recherchez n'existe plus ou a été déplacée."),
    _page("soft 404 es", _N, "Página no encontrada", "La página que buscas ya no está aquí."),
    _page("soft 404 it", _N, "Pagina non trovata", "La pagina che stai cercando non esiste."),
    _page("soft 404 pt", _N, "Página não encontrada", "A página que você está procurando não existe."),
    _page("soft 404 nl", _N, "Pagina niet gevonden", "De pagina die je zoekt bestaat niet meer."),
    _page("soft 404 pl", _N, "Nie znaleziono strony", "Strona, której szukasz, nie istnieje."),
    _page("soft 404 ru", _N, "Страница не найдена", "Запрашиваемая страница не существует или удалена."),
    _page("soft 404 tr", _N, "Sayfa bulunamadı", "Aradığınız sayfa kaldırılmış olabilir."),
    _page(
        "login en",
        _L,
        "Log in | Harbour News",
        "<form><input name=user><input type='password'></form>",
        "Please log in to continue.",
    ),
    _page(
        "login de",
        _L,
        "Anmelden – Hafenblatt",
        "Bitte melden Sie sich mit Ihrem Konto an.",
        "<form><input type='password'></form>",
    ),
    _page(
        "login fr",
        _L,
        "Connexion",
        "Veuillez vous connecter. Mot de passe oublié ?",
        "<form><input type='password'></form>",
    ),
    _page("login es", _L, "Iniciar sesión", "¿Olvidaste tu contraseña?", "<form><input type='password'></form>"),
    _page(
        "login by its address",
        _L,
        "Harbour News",
        "<form><input type='password'></form>",
        url="https://www.harbour.example.org/login?next=/news/ferry-returns",
    ),
    _page(
        "video by its address",
        _V,
        "Ferry returns",
        "<h1>Ferry returns</h1>",
        "The ferry comes into the harbour.",
        url="https://www.harbour.example.org/video/ferry-returns",
    ),
    _page(
        "video by its data",
        _V,
        "Ferry returns",
        "The ferry comes into the harbour.",
        head="<meta property='og:type' content='video.other'>",
    ),
    _page("video by its title", _V, "WATCH: Ferry returns", "<h1>WATCH: Ferry returns</h1>"),
    _page(
        "live player",
        _V,
        "Harbour cam",
        "<video src='cam.m3u8'></video>",
        "Live from the pier.",
        url="https://www.harbour.example.org/live/harbour-cam",
    ),
    _page("too short", WallKind.TOO_SHORT, "Ferry returns", "<h1>Ferry returns</h1>", "More follows."),
    _page("needs a script", WallKind.TOO_SHORT, "Harbour News", "You need to enable JavaScript to run this app."),
]

_REPORT = (
    "The ferry line between the two islands will run again from Monday, the harbour authority said on Friday.",
    "It was closed for nine weeks after a storm tore away part of the northern pier and damaged two ships.",
    "Every bolt of the new ramp has been tested, said the engineer in charge, and the crews were trained again.",
    "The authority has set aside four million crowns for a second pier, which is to be built next year.",
)
_BRIEF = _REPORT[:3]
_BANNER = (
    "<div id='onetrust-banner'><p>We value your privacy. We and our 812 partners store cookies on your device.</p>"
    "<button>Accept all</button><button>Reject all</button><p>Manage preferences</p></div>"
)
_FRAME = (
    _MENU
    + "<aside>"
    + "".join(
        f"<a href='/{i}'>Another headline of the day, number {i}, about the town and its people</a>" for i in range(40)
    )
    + "</aside>"
)

_SITE = """<header><nav><a href="/">Home</a> <a href="/world">World</a> <a href="/login">Log in</a>
<a href="/more">Subscribe</a></nav></header>"""
_FOOT = "<footer><p>About us. Terms. Privacy policy. Cookie settings. Copyright 2026 Harbour News.</p></footer>"


def _report(
    name: str, title: str, *told: str, around: str = "", after: str = "", head: str = "", url: str = URL
) -> Sample:
    said = "".join(f"<p>{part}</p>" for part in told)
    body = f"{around}<main><article><h1>{title}</h1>{said}</article></main>{after}"
    return Sample(name, None, _html(f"{title} | Harbour News", body, head), url)


REPORTS = [
    _report("report", "Ferry returns", *_REPORT),
    _report("report with a consent banner", "Ferry returns", *_REPORT, after=_BANNER),
    _report("brief with a consent banner", "Ferry returns", *_BRIEF, around=_FRAME, after=_BANNER),
    _report("brief behind a banner that stands first", "Ferry returns", *_BRIEF, around=_BANNER + _FRAME),
    _report("report with an appeal", "Ferry returns", *_REPORT, "Subscribe now to continue reading stories like this."),
    _report(
        "brief on a site that sells",
        "Ferry returns",
        *_BRIEF,
        around=_FRAME,
        after="<div hidden>You have reached your limit of free articles. Subscribe to continue reading.</div>",
    ),
    _report(
        "brief with the door to an account",
        "Ferry returns",
        *_BRIEF,
        around=_FRAME,
        after="<form hidden><p>Log in to continue</p><input type='password'></form>",
    ),
    _report(
        "brief with Imperva's script",
        "Ferry returns",
        *_BRIEF,
        around=_FRAME,
        after="<script src='/_Incapsula_Resource?SWJIYLWA=1'></script>",
    ),
    _report(
        "brief with Cloudflare's script",
        "Ferry returns",
        *_BRIEF,
        after="<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
    ),
    _report("paid report that is all there", "Ferry returns", *_REPORT, head=_PAID),
    _report(
        "page not found as a film",
        "Page not found",
        "The new comedy at the quay cinema follows a librarian whose catalogue loses one book each night.",
        "It is warm and funny, and at ninety minutes not a minute too long, though its end comes too easily.",
        "The house was full on the first evening, and the director answered questions until midnight.",
    ),
    _report(
        "404 as a number",
        "404 houses without power after the storm",
        "A storm cut the power of 404 houses in the north of the island on Tuesday evening, the works said.",
        "Crews worked through the night, and by noon on Wednesday all but nine were back on the grid.",
    ),
    _report(
        "access denied as news",
        "Access denied: journalists kept out of harbour hearing",
        "Reporters were turned away at the door of the harbour hearing on Tuesday, although it had been public.",
        "The chair said the room was too small, and promised a larger one for the second day on Thursday.",
    ),
    _report(
        "bots as news",
        "Are you a robot? The harbour's new guide is one",
        "The harbour has hired a robot that answers travellers in nine languages and never asks for a break.",
        "On its first day it sent two families to the wrong island, and the staff had to fetch them by boat.",
    ),
    _report(
        "captcha as news",
        "Why you must prove that you are human",
        "The tests that ask visitors to prove they are human grow harder each year, a study has found.",
        "People now need ten seconds for a picture riddle that programs solve in under two, its authors wrote.",
    ),
    _report(
        "consent as news",
        "Court strikes down cookie walls",
        "A court ruled on Monday that publishers may not lock out readers who refuse cookies for advertising.",
        "Consent is only free, the judges wrote, where saying no costs nothing, and a wall makes it cost.",
        "Two newspapers had asked readers to accept all cookies or pay, and both said that they would appeal.",
    ),
    _report(
        "quoted consent as news",
        "Regulator warns over banners",
        "The regulator warned twelve sites over banners that say “Accept all” in green and “Reject all” in grey.",
        "Such a choice is none, its head said, and gave them until the first of March to change their pages.",
    ),
    _report(
        "paywalls as news",
        "Newspaper puts up a pay wall",
        "The island's oldest newspaper will ask readers to pay from June, its editor told the staff on Monday.",
        "“Subscribe to continue reading” is a sentence that nobody likes, she said, but paper has become dear.",
    ),
    _report(
        "subscribers as news",
        "Telephone company loses subscribers",
        "The company lost nine thousand subscribers in the spring, twice as many as its own plan had foreseen.",
        "A new offer that is only for students should bring some of them back, the board said on Thursday.",
    ),
    _report(
        "login as news",
        "Sign in with your face: town tests new door",
        "The town hall tests a door that opens when it knows the face of who stands before it, the mayor said.",
        "Clerks may still sign in with a card, and visitors ring a bell, as they have for a hundred years.",
    ),
    _report(
        "video as news",
        "Video: what the pictures of the storm show",
        "The pictures show how the pier breaks at its oldest joint, and how the two crews get away in time.",
        "An engineer who saw them for this newspaper says that the bolts had been loose for a long time.",
    ),
    _report(
        "report at a video's address",
        "Ferry returns",
        *_BRIEF,
        url="https://www.harbour.example.org/video/ferry-returns",
    ),
    _report("report with a player", "Ferry returns", *_BRIEF, after="<video src='a.mp4'></video>"),
    _report(
        "gone as news",
        "The page that you cannot find",
        "A library on the island keeps copies of pages that their owners took down, two million by now.",
        "“This page is no longer available” is what its founder calls the saddest sentence of the web.",
    ),
    _report(
        "bericht mit banner",
        "Fähre fährt wieder",
        "Die Fähre zwischen den beiden Inseln nimmt am Montag den Betrieb wieder auf, teilte der Hafen mit.",
        "Neun Wochen lang war die Linie geschlossen, weil ein Sturm den nördlichen Steg zerstört hatte.",
        "Vier Millionen Kronen sind für einen zweiten Steg vorgesehen, der im nächsten Jahr gebaut werden soll.",
        around=_FRAME,
        after="<div>Wir und unsere 214 Partner. Alle akzeptieren. Alle ablehnen.</div>",
    ),
    _report(
        "article avec bandeau",
        "Le ferry reprend la mer",
        "La ligne entre les deux îles rouvrira lundi, neuf semaines après la tempête, a annoncé le port.",
        "Chaque boulon de la nouvelle rampe a été essayé, a dit l'ingénieure, et les équipages sont formés.",
        "Quatre millions de couronnes sont prévus pour un second quai, à bâtir l'année prochaine.",
        around=_FRAME,
        after="<div>Avec nos 143 partenaires. Tout accepter. Continuer sans accepter.</div>",
    ),
    _report(
        "nota con oferta",
        "El transbordador vuelve",
        "La línea entre las dos islas se abrirá de nuevo el lunes, según anunció el viernes el puerto.",
        "Estuvo cerrada nueve semanas, después de que una tormenta se llevara parte del muelle del norte.",
        "Habrá cuatro millones de coronas para un segundo muelle, que se levantará el próximo año.",
        around=_FRAME,
        after="<div>Contenido exclusivo para suscriptores. Suscríbete para seguir leyendo.</div>",
    ),
    _report(
        "заметка с баннером",
        "Паром возвращается",
        "Линия между двумя островами откроется в понедельник, сообщило в пятницу управление порта.",
        "Она была закрыта девять недель после шторма, который разрушил часть северного причала.",
        "На второй причал выделено четыре миллиона крон, его построят в будущем году, сказал начальник порта.",
        around=_FRAME,
        after="<div>Мы и наши партнёры. Принять все. Отклонить все.</div>",
    ),
]


# Reports of few words whose subject, or whose site, speaks as walls do.
REPORTS += [
    _report(
        "en cookies ruling 130w",
        "French watchdog fines search firm over cookie banners",
        (
            "The French privacy watchdog fined a search company 150 million euros on Tuesday because its cookie "
            "banners make it harder to say no than to say yes."
        ),
        (
            "Visitors can accept all cookies with one click, the regulator said, but need five to reject all of "
            "them, which breaks the rules on consent."
        ),
        (
            "The company has three months to give French users a button to refuse cookies that is as easy as the "
            "other one, or pay 100,000 euros a day."
        ),
        (
            "The firm said that it respects the privacy of its users and would change its pages. Privacy groups had"
            " complained about the banners in 2022."
        ),
        (
            "Similar fines over consent were handed to two other companies last year, and the watchdog said more "
            "firms and their partners were under review."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "de cookies",
        "Gericht verbietet irreführende Cookie-Banner",
        (
            "Das Landgericht hat einem Verlag untersagt, Besucher mit einem auffälligen Knopf zum Einwilligen in "
            "Cookies zu drängen, wie die Verbraucherzentrale am Dienstag mitteilte."
        ),
        (
            "Wer alle Cookies ablehnen wollte, musste erst auf eine zweite Seite gehen, während sich mit einem "
            "Klick alle akzeptieren ließen, so die Richter zur Einwilligung."
        ),
        (
            "Der Verlag kündigte Berufung an und erklärte, der Datenschutz sei ihm wichtig. Die Einstellungen "
            "verwalten könne jeder Nutzer schon heute, auch bei Cookies."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "fr cookies",
        "La CNIL sanctionne un éditeur pour ses cookies",
        (
            "La CNIL a infligé mardi une amende de 60 millions d'euros à un éditeur dont le site ne permettait pas "
            "de refuser les cookies aussi simplement que de les accepter."
        ),
        (
            "Le bouton « tout accepter » était visible, mais pour tout refuser il fallait plusieurs clics, relève "
            "l'autorité, qui parle d'un consentement vicié."
        ),
        (
            "L'éditeur a trois mois pour recueillir un consentement valable, sous peine d'une astreinte de 100 000 "
            "euros par jour."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "de Krankenkasse Beitrag Mitglieder",
        "Krankenkasse erhöht Zusatzbeitrag",
        (
            "Die größte Krankenkasse des Landes wird zum Januar teurer. Der Beitrag steigt für alle Mitglieder um "
            "0,4 Prozentpunkte, wie der Verwaltungsrat am Freitag in Hamburg beschloss. Grund seien die Kosten der "
            "Kliniken, die im ersten Halbjahr um acht Prozent gewachsen seien. Versicherte können bis Ende Februar "
            "kündigen. Die Verbraucherzentrale rät, vorher die Leistungen der Kassen zu vergleichen."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "es solo para socios",
        "El clásico se jugará solo con público local",
        (
            "El club anunció el lunes que las entradas para el clásico del domingo serán solo para socios con el "
            "carné al día, después de los incidentes de la temporada pasada. La policía local espera a unas "
            "cuarenta mil personas y cerrará cuatro calles alrededor del estadio desde el mediodía. El partido "
            "empieza a las nueve de la noche y lo dirigirá el árbitro vasco."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "it riservata agli iscritti",
        "Primarie, il partito vota domenica",
        (
            "La consultazione di domenica sarà riservata agli iscritti al partito da almeno sei mesi, ha deciso la "
            "direzione nazionale riunita ieri a Roma. Si vota dalle otto alle venti in tremila circoli. I candidati"
            " sono tre: la segretaria uscente, il sindaco di Ferrara e una deputata di Lecce. I risultati sono "
            "attesi nella notte e saranno ratificati martedì."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "nl alleen voor leden",
        "Vakbond wil meer loon",
        (
            "De stemming over het akkoord is alleen voor leden van de bond en duurt tot en met vrijdag, zei een "
            "woordvoerder maandag in Utrecht. De chauffeurs krijgen er volgens het voorstel in twee jaar negen "
            "procent bij. Wordt het akkoord verworpen, dan volgen in juni nieuwe stakingen bij alle regionale "
            "vervoerders, behalve op de eilanden."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "pt exclusivo para assinantes",
        "Operadora lança pacote de futebol",
        (
            "A operadora anunciou nesta segunda-feira que o novo canal de futebol será exclusivo para assinantes do"
            " plano mais caro, que custa 120 reais por mês. O canal começa em agosto e mostra quatro jogos por "
            "rodada. A agência de telecomunicações disse que vai analisar a oferta, depois de queixas de duas "
            "concorrentes e do sindicato dos clubes."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en paywall news",
        "Newspaper takes down its paywall for a day",
        (
            "The county newspaper will take down its paywall on election day so that everybody can read its results"
            " pages, the editor said on Monday. Usually each story is for subscribers only, apart from weather and "
            "obituaries. The paper has lost a third of its print readers since 2019 and lives from 21,000 online "
            "subscriptions. Two rivals in the state have done the same in past elections, and one of them kept it "
            "open."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en dpa end (AP) + promo",
        "Ferry service resumes after storm",
        (
            "HARTVIK (AP) — Ferries between Hartvik and the outer islands ran again on Sunday after a two-day storm"
            " that tore roofs from houses and left four thousand homes without power, the harbor office said."
        ),
        "Nobody was hurt. (AP)",
        around=_SITE.replace("Subscribe", "Subscribe to access all our reports"),
        after=_FOOT,
    ),
    _report(
        "de dpa end + promo",
        "Brand in Lagerhalle",
        (
            "Beim Brand einer Lagerhalle in Lemgo ist am Sonntag ein Schaden von rund 300.000 Euro entstanden. "
            "Verletzt wurde niemand. Die Polizei geht von einem technischen Defekt aus, wie ein Sprecher sagte. dpa"
        ),
        around=_SITE.replace("Subscribe", "Nur für Abonnenten: unser E-Paper"),
        after=_FOOT,
    ),
    _report(
        "fr AFP end + promo",
        "Un séisme secoue le nord",
        (
            "Un séisme de magnitude 5,1 a secoué dimanche matin le nord de la région sans faire de victime, a "
            "annoncé la préfecture, qui fait état de quelques toitures endommagées dans trois villages. (AFP)"
        ),
        around=_SITE.replace("Subscribe", "Articles réservés aux abonnés"),
        after=_FOOT,
    ),
    _report(
        "es EFE end + promo",
        "Un terremoto sacude el norte",
        (
            "Un terremoto de magnitud 5,1 sacudió el domingo el norte de la región sin causar víctimas, según "
            "informó Protección Civil, que da cuenta de daños en los tejados de tres aldeas. EFE"
        ),
        around=_SITE.replace("Subscribe", "Contenido exclusivo para suscriptores"),
        after=_FOOT,
    ),
    _report(
        "en wp login to comment",
        "Council approves new bridge",
        (
            "The town council approved a new bridge over the Elva on Monday by nine votes to four. Building starts "
            "in March and will cost 40 million crowns, the mayor said."
        ),
        "You must be logged in to post a comment.",
        around=_SITE,
        after='<form><input type="text" name="log"><input type="password" name="pwd"></form>' + _FOOT,
    ),
    _report(
        "en login outage",
        "Bank apologises after app outage",
        (
            "Customers of the savings bank could not log in to their accounts for six hours on Monday. The app "
            "asked them to enter their password again and again. The bank apologised and said no money was lost."
        ),
        around=_SITE,
        after='<form><input type="password"></form>' + _FOOT,
    ),
    _report(
        "en 404 museum",
        "404 Not Found: museum of lost pages opens",
        (
            "A museum of web pages that no longer exist opens in Utrecht this week with 300 screens. Its founder "
            "says that the average page lives for 100 days."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en page you were looking for",
        "Tax office site shows errors on deadline day",
        (
            "Thousands of people who tried to file their taxes on Monday were told that the page you are looking "
            "for could not be found, the tax office confirmed. The deadline was moved to Friday."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en captcha",
        "Bots now solve picture puzzles better than people",
        (
            "Programs solve the puzzles that ask web users to prove you are not a robot in a second, a study says, "
            "while people need nine. The authors tested 1,400 volunteers."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en video",
        "Video: Watch the moment the bridge fell",
        (
            "A bridge over the river Elva fell on Monday while a train was passing. Two people were slightly hurt, "
            "the police said. The video was taken by a passenger on the platform."
        ),
        around=_SITE,
        after='<iframe src="https://www.youtube.com/embed/x"></iframe>' + _FOOT,
    ),
    _report(
        "ru solo",
        "Концерт только для подписчиков",
        (
            "Группа объявила в понедельник, что концерт в июне пройдет только для подписчиков ее канала, которых "
            "насчитывается около двенадцати тысяч. Билеты разыграют по жребию. Остальные смогут увидеть запись "
            "осенью, сообщил директор группы. Концерт пройдет в старом цирке, который закрывается на ремонт."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "tr aboneler",
        "Doğal gazda yeni tarife",
        (
            "Enerji kurumu pazartesi günü yeni tarifeyi açıkladı. İndirim sadece konut aboneleri için geçerli "
            "olacak ve ekim ayında başlayacak. Kurum, sanayi tesislerinin fiyatının değişmeyeceğini, küçük esnafın "
            "ise yıl sonunda ayrıca değerlendirileceğini bildirdi. Muhalefet, artışın geri alınmasını istedi."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "pl dostępne dla abonentów",
        "Nowa taryfa za prąd",
        (
            "Nowa taryfa będzie dostępna dla abonentów indywidualnych od stycznia, podał w poniedziałek regulator. "
            "Rachunek przeciętnej rodziny wzrośnie o sześć procent. Firmy zapłacą więcej dopiero od lipca, a "
            "szpitale i szkoły zachowają obecne stawki do końca roku, zapowiedział minister."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en members page is for",
        "Parliament puts register online",
        (
            "The new page is available to members of both houses and their staff from Monday, the speaker said. It "
            "lists gifts above 50 euros. The public will be able to see it in autumn, when names of private donors "
            "have been removed. Campaigners said the delay was a scandal."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en privacy brief",
        "We value your privacy, says minister",
        (
            "Parliament passed a privacy law on Tuesday that lets people manage cookie preferences once for all "
            "sites. Sites may no longer ask them to accept all cookies. The consent rules start in May."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en accept all partners",
        "Club must accept all bids",
        (
            "The club must accept all bids by Friday, a court said, and may reject all offers from its partners "
            "after that date only with the consent of the creditors."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "de weiterlesen",
        "Lesefest in Halle",
        (
            "Beim Lesefest in Halle durften Kinder am Sonntag mit bekannten Autoren weiterlesen, wo sie zu Hause "
            "aufgehört hatten. Rund 2000 Familien kamen, wie die Stadtbücherei mitteilte. Das Fest soll im nächsten"
            " Jahr wieder stattfinden, dann auch in Merseburg."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en unlock rest of this",
        "Police read suspect phone",
        (
            "Investigators needed four months to unlock this report of a witness from a damaged phone, the "
            "prosecutor said on Monday. The trial of the two men goes on in June."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en subscribe to read",
        "Libraries buy fewer papers",
        (
            "Fewer people subscribe to read a daily paper in print, the association of publishers said on Monday, "
            "and public libraries buy a fifth less of them than in 2020. Sales at kiosks fell by nine percent. The "
            "number of digital readers grew slightly."
        ),
        around=_SITE,
        after=_FOOT,
    ),
    _report(
        "en sign in to watch: streaming",
        "Streaming firm raises price",
        (
            "The streaming firm raises its price to 15 euros. You need to sign in with a new account from May, and "
            "shared passwords will stop working, it said."
        ),
        around=_SITE,
        after='<input type="password">' + _FOOT,
    ),
    _report(
        "en access denied title",
        "Access denied",
        "Reporters were kept from the border camp again on Monday. The army said that it was for their own safety.",
        around=_SITE,
        after=_FOOT,
    ),
]
