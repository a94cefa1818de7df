// The button "Send all posts": twenty at a time, until all are sent.
( function () {
	const button = document.getElementById( 'recirc-import' );
	if ( ! button ) return;
	const progress = document.getElementById( 'recirc-progress' ), said = document.getElementById( 'recirc-said' );
	button.disabled = ! button.dataset.ready;
	button.addEventListener( 'click', async () => {
		button.disabled = true;
		progress.hidden = false;
		try {
			for ( let done = 0, total = 1; done < total; ) {
				const body = new URLSearchParams( { action: 'recirc_import', _ajax_nonce: button.dataset.nonce, offset: done } );
				const answer = await ( await fetch( button.dataset.url, { method: 'POST', body } ) ).json();
				if ( ! answer.success ) throw Error( answer.data );
				if ( answer.data.done === done ) break;
				( { done, total } = answer.data );
				progress.max = total;
				progress.value = done;
				said.textContent = `${ done } / ${ total }`;
			}
			said.textContent += ' ' + button.dataset.done;
		} catch ( error ) {
			said.textContent = error.message;
		}
		button.disabled = false;
	} );
}() );
