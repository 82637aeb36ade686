"""The worker: what runs beside strangers' models. It imports `sandbox.protocol`, and nothing else of tfprep.

Started as `python PATH/worker [--own-users] [--root DIR] [--for-script]`, it exchanges frames with the host
on standard input and output. The life of one predict job:

    worker           receives the frame, and the model into a new directory
    job_user         creates that directory and makes the job its owner; in the fork, drops privileges
    job              forks, redirects descriptors, sets limits and environment, turns errors into replies
    kernel           the Linux calls for that
    predict_job      starts the device (devices), loads, adapts, predicts, replies (reply)
    load             loads the file, after inspection, with saved_model, keras2_* and fast_path
    blame            tells our own errors from the model's
    nondeterminism   refuses a SavedModel whose predictions are random
    layer_summary, weight_fingerprint   what is reported of the model
    adapt_inputs     chooses the input form, and adapts it to the model
    predict          predicts in batches, and checks the output
    watch            meanwhile, in the worker: limits (processes, cpu_timeout), output, reply
    pipe             sends output and reply to the host
    job_user         ends every process of the job and removes its files, now or before the next job

A train job runs train_job instead of the six lines from predict_job on. Its worker has loaded nothing: what
is to be done to TensorFlow and Keras is done when the script imports them (after_import).
"""
