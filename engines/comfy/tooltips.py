"""What editors show of an input, by its name."""

TOOLTIPS = {
    "model": "The model whose denoising is used.",
    "clip": "The text encoder that reads the prompt.",
    "vae": "The autoencoder between pictures and latents.",
    "seed": "Where the noise comes from: the same seed gives the same picture.",
    "noise_seed": "Where the noise comes from: the same seed gives the same picture.",
    "steps": "How many steps the sampler takes; more take longer.",
    "cfg": "How closely the picture follows the prompts; 1 leaves the negative prompt out.",
    "sampler_name": "The method by which noise is taken away.",
    "scheduler": "How the noise levels are spread over the steps.",
    "positive": "What the picture is to show.",
    "negative": "What the picture is not to show.",
    "latent_image": "The latent to begin with.",
    "denoise": "How much of the latent is made anew; with less, more of it stays.",
    "text": "The prompt.",
    "ckpt_name": "A checkpoint of MODEL_DIR/checkpoints.",
    "lora_name": "A LoRA of MODEL_DIR/loras.",
    "control_net_name": "A ControlNet of MODEL_DIR/controlnet.",
    "images": "The pictures to keep.",
    "filename_prefix": "Folder and beginning of the file names; %date:yyyy-MM-dd% and %NODE.INPUT% are replaced.",
}
