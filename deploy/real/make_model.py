#!/usr/bin/env python3
"""Makes a tiny Llama with random weights that a real inference server loads like any other model.

The words it says mean nothing. What is real is everything around them: tokenizer, chat template, scheduling,
batching, streaming, counters. Nothing is downloaded, and one seed gives the same bytes again.
"""

import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

SEED = 20251

SPECIAL = ["<pad>", "<s>", "</s>", "<|role|>", "<|turn|>", "<think>", "</think>"]
PAD, BOS, EOS, ROLE, TURN, *THINKING = SPECIAL

# <|turn|> ends a message, as in the chat formats in use, so that a chat can stop by itself. enable_thinking is Qwen3's
# switch: on opens the thoughts, off also closes them, so that which of the two was sent shows in the prompt's length.
CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}<|role|>{{ message['role'] }}\n{{ message['content'] }}<|turn|>{% endfor %}"
    "{% if add_generation_prompt %}<|role|>assistant\n"
    "{% if enable_thinking is defined %}<think>\n{% if not enable_thinking %}\n</think>\n\n{% endif %}{% endif %}"
    "{% endif %}"
)

# English, code, numbers and other scripts, so that the merges cover what a benchmark prompt holds and the bytes that
# stay unmerged split characters: a server must then hold text back until the character is whole.
TEXT = """
A meter tells how much energy a machine has used, and a clock tells when. Between two readings of the meter there is
only an average, so whoever wants the cost of one request has to know which requests were running, and for how long.
A request waits in a queue, then its prompt is read in one step or in several, and then the answer is written one
token after the other. Reading the prompt keeps the arithmetic units busy. Writing the answer keeps the memory busy.
Many requests share each step, and so they share the energy of the step. A graphics card that has nothing to do still
draws power: this idle power belongs to nobody, or to everybody, and an honest report says which of the two it means.

Why is the sky blue? Because the air scatters short waves more than long ones. How does a heat pump warm a house with
less energy than the heat it delivers? It does not make the heat, it moves it from the outside to the inside. What is
a watt? One joule in each second. How many joules are there in a kilowatt hour? Three million six hundred thousand.
Please summarise the following text in three sentences. Please translate this sentence into French. Please write a
function that sorts a list of numbers. Explain the difference between latency and throughput to a new colleague.

The train to the coast leaves at half past seven and arrives before noon. My neighbour grows tomatoes, beans, onions
and a little garlic behind the house, and in the evening she waters them with rain from the barrel. The library opens
at nine, closes at six, and on Thursdays stays open until the last reader has gone home. Yesterday the wind turned to
the north; today the windows are cold, the river is grey, and the children have put on their woollen gloves again.

You are a helpful assistant. Answer the question of the user in a short and friendly way. If you do not know, say so.
First, read the question. Second, think about it. Third, write the answer. Finally, check whether it is right.

func mean(values []float64) float64 {
    total := 0.0
    for _, value := range values {
        total += value
    }
    return total / float64(len(values))
}

def energy(samples):
    joules = 0.0
    for (start, watts), (end, _) in zip(samples, samples[1:]):
        joules += watts * (end - start)
    return joules

SELECT request_id, sum(energy_joules) AS joules FROM requests WHERE run_id = 'demo' GROUP BY request_id ORDER BY joules;
{"model": "tiny", "prompt": "Hello, world!", "max_tokens": 128, "temperature": 0.7, "stream": true}

0 1 2 3 4 5 6 7 8 9 10 11 12 16 20 24 32 48 50 64 100 128 200 256 400 500 512 1000 1024 2048 4096 3.14159 2.71828
100 % of 250 W for 60 s is 15000 J, or 4.1667 Wh; at 380 g per kWh that is 1.58 g of carbon dioxide.

Größe, Straße, façade, naïve, señor, smörgåsbord, łódź, čaj. Энергия и время. エネルギーと時間。能量与时间。 ⚡ → ≈ ±
"""


def make_tokenizer(vocab_size: int, context: int) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=SPECIAL,
        # All 256 bytes, so that any input can be encoded and no unknown token is needed.
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT.splitlines(keepends=True), trainer)
    # Like the Llamas it stands in for: a plain prompt gets <s>, which the prompt tokens that a server counts include.
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", special_tokens=[(BOS, tokenizer.token_to_id(BOS))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        additional_special_tokens=[ROLE, TURN, *THINKING],
        chat_template=CHAT_TEMPLATE,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer: PreTrainedTokenizerFast, args: argparse.Namespace) -> LlamaForCausalLM:
    stop = [tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids(TURN)]
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=args.hidden,
        intermediate_size=args.hidden * 4,
        num_hidden_layers=args.layers,
        # Heads of 64, because CPU attention kernels take only some widths and all of them take this one.
        num_attention_heads=args.hidden // 64,
        num_key_value_heads=1,
        head_dim=64,
        max_position_embeddings=args.context,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=stop,
        tie_word_embeddings=False,
    )
    torch.manual_seed(args.seed)
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.generation_config = GenerationConfig(
        do_sample=True,
        temperature=1.0,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=stop,
    )
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--vocab", type=int, default=1024)
    parser.add_argument("--hidden", type=int, default=128, help="a multiple of 64")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--context", type=int, default=4096)
    args = parser.parse_args()

    tokenizer = make_tokenizer(args.vocab, args.context)
    model = make_model(tokenizer, args)
    tokenizer.save_pretrained(args.folder)
    model.save_pretrained(args.folder)
    print(json.dumps({"folder": str(args.folder), "vocab": len(tokenizer), "parameters": model.num_parameters()}))


if __name__ == "__main__":
    main()
