"""From text to tokens, and from tokens to what the rules of the grammar build, by tables made beforehand."""
