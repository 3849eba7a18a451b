"""Answers about the people of a film: what was found of each, or why nothing was.

Someone of whom too little is seen must not keep others from being lifted. So an error that concerns
one person is no exception but an answer, in the place of what is found of others.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from human_pose_util.errors import DataError
from human_pose_util.keypoints import Person

T = TypeVar("T")
U = TypeVar("U")

FramesDone = Callable[[int], Any]
"""Called with the number of further frames that are done."""


def attempts(
    function: Callable[[Person], T], people: Sequence[Person], progress: FramesDone
) -> list[T | DataError]:
    """What a function returns for each person, or the DataError that it raises.

    Args:
        function: the function.
        people: the people.
        progress: is told of the frames of people for whom there is an error, as all is done then.
    """
    answers: list[T | DataError] = []
    for person in people:
        try:
            answers.append(function(person))
        except DataError as error:
            answers.append(error)
            progress(len(person.keypoints))
    return answers


def successes(answers: Iterable[T | DataError]) -> list[T]:
    """The answers that are no errors.

    Args:
        answers: the answers.
    """
    return [answer for answer in answers if not isinstance(answer, DataError)]


def with_results(
    answers: Sequence[T | DataError], results: Iterable[U | DataError]
) -> list[U | DataError]:
    """Answers with results in the places of what was found; errors stay.

    Args:
        answers: the answers.
        results: a result for each that is no error, in the same order.
    """
    following = iter(results)
    return [answer if isinstance(answer, DataError) else next(following) for answer in answers]
