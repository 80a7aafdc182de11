"""`storywire reembed`: all vectors anew, after the model was changed."""

from flows import show
from flows.cycle import BATCH, embed
from flows.house import House, build
from flows.settings import Settings


def reembed_all(as_json: bool) -> None:
    """Embed every kept article with the chosen model; cut short, it goes on where it stopped."""
    house = build(Settings.from_environment(), show.Bars())
    model, done = house.encoder.model(), reembed_house(house)
    pruned = house.store.pruned_count()
    if as_json:
        show.as_json({"model": model[0], "digest": model[1], "articles": done, "by_headline": pruned})
    else:
        alone = f" Of {pruned}, whose texts were pruned, only the headline could be." if pruned else ""
        show.console().print(f"{done} articles embedded anew by {model[0]}.{alone}")


def reembed_house(house: House) -> int:
    """Embed every kept article with the house's model, and publish; returns how many."""
    model, done = house.encoder.model(), 0
    swapped = False
    with house.progress.stage("articles", house.store.to_reembed_count()) as advance:
        while not swapped:  # an article that is stored in between has to be embedded too
            while articles := house.store.to_reembed(model, BATCH):
                vectors = embed(house, articles, advance)
                house.store.save_reembedded(model, [a.article_id for a in articles], vectors)
                done += len(articles)
            swapped = house.store.swap_vectors(model)
    house.store.publish()
    return done
