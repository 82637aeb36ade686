"""What goes wrong with the reviews: padding on the other side, and ids of another numbering."""

from __future__ import annotations

from ..perturb_texts import NUMBERING, of_texts
from ..problem import CommonMistakes, Rerendering
from ..rerender_texts import TextVariation
from .data import REVIEWS
from .synonyms import SYNONYMS

common_mistakes = CommonMistakes(
    perturbations=of_texts(REVIEWS.vocabulary, REVIEWS.what),
    mistaken_for="Perhaps your word numbers are not those of data/vocabulary.txt: a Tokenizer of one's own "
    f"numbers words in another way. {NUMBERING}",
    regularise="SpatialDropout1D behind the Embedding, or Dropout before the last layer",
    rerendering=Rerendering(
        TextVariation(REVIEWS.length, SYNONYMS).render,
        "with sentences in another order, other names and a few other words",
        # What counts words loses most by other words: naive Bayes up to three hundredths.
        honest_loss=1.5,
    ),
    ample_parameters=5_000_000,
)
