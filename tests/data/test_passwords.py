import pytest

from data import passwords
from data.errors import PasswordGuessableError, PasswordTooLongError, PasswordTooShortError

GOOD = "four walls of paper"


def test_a_hash_is_argon2id_of_the_recommended_strength_and_never_twice_the_same():
    one, two = passwords.hashed(GOOD), passwords.hashed(GOOD)
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert one != two
    assert passwords.is_right(one, GOOD)
    assert not passwords.is_right(one, GOOD + " ")


def test_the_hash_of_nobody_costs_what_a_real_one_does():
    assert not passwords.is_outdated(passwords.NOBODY)
    assert not passwords.is_right(None, "anything at all")


def test_an_input_method_may_write_a_password_in_full_width():
    assert passwords.is_right(passwords.hashed("ｍｙ１２３ horse！"), "my123 horse!")


@pytest.mark.parametrize(
    "password",
    [GOOD, "我的密码是很长的一句话", "jx7$kq9!zpw2", "p" + "ä" * 10 + " kettle", GOOD * 50],
)
def test_long_enough_and_not_soon_guessed_is_all_that_is_asked(password):
    passwords.check(password)


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("", PasswordTooShortError),
        ("jx7$kq9!z", PasswordTooShortError),
        ("四" * 342, PasswordTooLongError),
        ("password123", PasswordGuessableError),
        ("1234567890", PasswordGuessableError),
        ("qwertyuiop", PasswordGuessableError),
        ("aaaaaaaaaaaaaaaa", PasswordGuessableError),
        ("woaini1314520", PasswordGuessableError),
        ("yejiyeji2026", PasswordGuessableError),
        ("hengyuan.liu1", PasswordGuessableError),
    ],
)
def test_a_password_is_refused_for_what_is_wrong_with_it(password, error):
    with pytest.raises(error):
        passwords.check(password, ("hengyuan.liu", "Liu Hengyuan"))
